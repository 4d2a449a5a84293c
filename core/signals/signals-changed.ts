import type { PipelineSignals } from './pipeline-signals.ts'

/** Whether something else is known than before; the time that went by is no news. */
export function signalsChanged(before: PipelineSignals | undefined, now: PipelineSignals | undefined): boolean {
  return JSON.stringify(before, withoutAges) !== JSON.stringify(now, withoutAges)
}

function withoutAges(key: string, value: unknown): unknown {
  return key === 'observedAt' || key.endsWith('AgeMs') ? undefined : value
}
