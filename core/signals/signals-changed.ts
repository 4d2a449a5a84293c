import type { PipelineSignals } from './pipeline-signals.ts'

/**
 * Whether something else is known than before. That time went by is no news, but that an event has waited for longer is; that entries came and
 * were done is none, but that more of them come is, or that fewer get done.
 */
export function signalsChanged(before: PipelineSignals | undefined, now: PipelineSignals | undefined): boolean {
  return JSON.stringify(before, withoutMovement) !== JSON.stringify(now, withoutMovement)
}

const ALWAYS_MOVING = new Set([
  ...['observedAt', 'lastBeatAgeMs', 'oldestMarkAgeMs'],
  ...['length', 'entriesAdded', 'busyMs', 'entriesDone'],
])
const RATES = new Set(['arrivalsPerSecond', 'completionsPerSecond', 'capacityPerWorker'])

function withoutMovement(key: string, value: unknown): unknown {
  if (ALWAYS_MOVING.has(key)) return undefined
  return RATES.has(key) && typeof value === 'number' ? stepOf(value) : value
}

/** Each is a quarter more than the one below: averages never stand still. */
const STEP = 1.25

function stepOf(rate: number): number | 'none' {
  return rate === 0 ? 'none' : Math.round(Math.log(rate) / Math.log(STEP))
}
