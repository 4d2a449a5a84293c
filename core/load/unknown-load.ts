import type { LoadSignals } from '../signals/pipeline-signals.ts'

/** Of what nobody has looked at yet, or cannot. */
export const UNKNOWN_LOAD: LoadSignals = {
  arrivalsPerSecond: null,
  completionsPerSecond: null,
  capacityPerWorker: null,
}
