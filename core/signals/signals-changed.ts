import type { PipelineSignals } from './pipeline-signals.ts'

/**
 * Whether something else is known than before. That time went by is no news, but that an event has waited for longer is; that entries came and
 * were done is none, but that more of them come is, or that fewer get done.
 */
export function signalsChanged(before: PipelineSignals | undefined, now: PipelineSignals | undefined): boolean {
  return isOther(before, now)
}

const ALWAYS_MOVING = new Set([
  ...['observedAt', 'lastBeatAgeMs', 'oldestMarkAgeMs'],
  ...['length', 'entriesAdded', 'busyMs', 'entriesDone'],
])
/** A score's age is news when it has grown by a quarter: that is when it may have become too old. */
const IN_STEPS = new Set(['arrivalsPerSecond', 'completionsPerSecond', 'capacityPerWorker', 'ageMs'])

/** Field by field, for a thousand pipelines are compared every second. */
function isOther(before: unknown, now: unknown): boolean {
  if (before === now) return false
  if (!isObject(before) || !isObject(now)) return true
  const names = Object.keys(now)
  return (
    names.length !== Object.keys(before).length || names.some((name) => isOtherField(name, before[name], now[name]))
  )
}

function isOtherField(name: string, before: unknown, now: unknown): boolean {
  if (ALWAYS_MOVING.has(name)) return false
  if (IN_STEPS.has(name) && typeof before === 'number' && typeof now === 'number') return stepOf(before) !== stepOf(now)
  return isOther(before, now)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Each is a quarter more than the one below: averages never stand still. */
const STEP = 1.25

function stepOf(rate: number): number | 'none' {
  return rate === 0 ? 'none' : Math.round(Math.log(rate) / Math.log(STEP))
}
