import type { PipelineSignals } from './pipeline-signals.ts'

/** Whether something else is known than before. That time went by is no news, but that an event has waited for longer is. */
export function signalsChanged(before: PipelineSignals | undefined, now: PipelineSignals | undefined): boolean {
  return JSON.stringify(before, withoutAges) !== JSON.stringify(now, withoutAges)
}

const ALWAYS_MOVING = new Set(['observedAt', 'lastBeatAgeMs', 'oldestMarkAgeMs', 'busyMs', 'entriesDone'])

function withoutAges(key: string, value: unknown): unknown {
  return ALWAYS_MOVING.has(key) ? undefined : value
}
