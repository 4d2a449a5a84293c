import type { LookTimes } from './look-times.ts'
import type { NamespaceSignals } from './pipeline-signals.ts'

/** What an exporter says to whoever was told something before: what is new since then. */
export interface SignalsSince extends NamespaceSignals {
  /** Where to go on from. It means something only to the process that gave it. */
  readonly cursor: string
  /** Whether `pipelines` are all that there are. Else they are those of which something is new; of the others, what was told still holds. */
  readonly complete: boolean
  /** When others were looked at again, at least one of their two parts, by the pipeline's name. */
  readonly still: Readonly<Record<string, LookTimes>>
}
