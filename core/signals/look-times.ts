import { parseInstant } from '../time/instant.ts'
import type { Observed, PipelineSignals, Unreachable } from './pipeline-signals.ts'

/** When a pipeline was looked at: as a whole, its source, its database. Null of what could not be seen. */
export type LookTimes = readonly [observedAt: string, source: string | null, database: string | null]

export function lookTimes({ observedAt, source, database }: PipelineSignals): LookTimes {
  return [observedAt, timeOf(source), timeOf(database)]
}

/** The same as of these looks, which saw nothing else. */
export function asOf(signals: PipelineSignals, [observedAt, source, database]: LookTimes): PipelineSignals {
  return {
    ...signals,
    observedAt,
    source: seenAt(signals.source, source),
    database: seenAt(signals.database, database),
  }
}

/** Whether looks at these times saw what these signals tell of, and nothing besides. */
export function areTimesOf(signals: PipelineSignals, [, source, database]: LookTimes): boolean {
  return isSeen(signals.source) === (source !== null) && isSeen(signals.database) === (database !== null)
}

export function isLookTimes(said: unknown): said is LookTimes {
  if (!Array.isArray(said) || said.length !== 3) return false
  const [observedAt, source, database] = said as unknown[]
  return isTime(observedAt) && (source === null || isTime(source)) && (database === null || isTime(database))
}

function isTime(said: unknown): boolean {
  return typeof said === 'string' && 'instant' in parseInstant(said)
}

function isSeen<Seen>(part: Observed<Seen> | Unreachable): part is Observed<Seen> {
  return 'observedAt' in part
}

function timeOf(part: Observed<unknown> | Unreachable): string | null {
  return isSeen(part) ? part.observedAt : null
}

function seenAt<Part extends Observed<unknown> | Unreachable>(part: Part, observedAt: string | null): Part {
  return observedAt === null ? part : { ...part, observedAt }
}
