import type { PipelineSettings } from './pipeline-settings.ts'

/** What it may take to read, commit and compute. */
const WORK_MS = 30_000

/** How soon after its publication an event is to show in its row: whatever the debounce holds it back, and some time for the work. */
export function freshnessObjectiveMs({ maxWaitMs }: Pick<PipelineSettings, 'maxWaitMs'>): number {
  return maxWaitMs + WORK_MS
}
