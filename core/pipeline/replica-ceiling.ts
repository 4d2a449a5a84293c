import { mostWorkers, workersInReach } from './connection-budget.ts'
import type { PipelineSpec } from './spec.ts'

/** A fleet may grow to this size without a worker having to start anew. */
const ROOM_TO_GROW = 8

/**
 * For how many workers a cluster divides the database's connections. Were it the number that runs, each change of it would change what the
 * others may open, and restart them. It leaves room for the one more that a rollout starts, as far as the connections reach.
 */
export function replicaCeiling(spec: Pick<PipelineSpec, 'database' | 'workers' | 'aggregation'>): number {
  return Math.min(workersInReach(spec), Math.max(mostWorkers(spec) + 1, ROOM_TO_GROW))
}
