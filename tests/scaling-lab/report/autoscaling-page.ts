import { fillMarkers } from '../../../tools/reference/page.ts'
import type { Result } from '../contest.ts'
import { changesTable, latencyTable, loadsTable } from './results-tables.ts'

export const PAGE = 'docs/autoscaling.md'

/** The page with what the laboratory found between its markers. */
export function autoscalingPage(current: string, results: readonly Result[]): string {
  return fillMarkers(
    current,
    new Map([
      ['loads', loadsTable(results)],
      ['latency and cost', latencyTable(results)],
      ['changes', changesTable(results)],
    ]),
  )
}
