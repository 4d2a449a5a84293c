import type { PipelineSignals } from './pipeline-signals.ts'
import { sameFields } from './same-fields.ts'

/**
 * Whether something else is known than before. That time went by is no news, but that an event has waited for longer is; that entries came and
 * were done is none, but that more of them come is, or that fewer get done.
 */
export function signalsChanged(before: PipelineSignals | undefined, now: PipelineSignals | undefined): boolean {
  return !isSame(before, now)
}

const ALWAYS_MOVING = new Set([
  ...['observedAt', 'lastBeatAgeMs', 'oldestMarkAgeMs'],
  ...['length', 'entriesAdded', 'busyMs', 'entriesDone'],
])
/** A score's age is news when it has grown by a quarter: that is when it may have become too old. */
const IN_STEPS = new Set(['arrivalsPerSecond', 'completionsPerSecond', 'capacityPerWorker', 'ageMs'])

function isSame(before: unknown, now: unknown): boolean {
  return before === now || sameFields(before, now, isSameField)
}

function isSameField(name: string, before: unknown, now: unknown): boolean {
  if (ALWAYS_MOVING.has(name)) return true
  if (IN_STEPS.has(name) && typeof before === 'number' && typeof now === 'number') return stepOf(before) === stepOf(now)
  return isSame(before, now)
}

/** Each is a quarter more than the one below: averages never stand still. */
const STEP = 1.25

function stepOf(rate: number): number | 'none' {
  return rate === 0 ? 'none' : Math.round(Math.log(rate) / Math.log(STEP))
}
