import type { PipelineSpec } from './spec.ts'

/** Connections that one process of each kind may open, so that all that can run at once stay within `database.maxConnections`. */
export interface ConnectionBudget {
  readonly worker: number
  readonly aggregator: number
}

/** A worker commits a batch while it evaluates; an aggregator writes while it holds its run. */
export const FEWEST_CONNECTIONS = 2

/** More would only queue in the database: a worker has one batch and a few evaluations in flight. */
const MOST_PER_WORKER = 10

/** The daily aggregation and the day roll, which may overlap, get the fewest each; workers share the rest. */
export function connectionBudget(spec: Pick<PipelineSpec, 'database' | 'workers' | 'aggregation'>): ConnectionBudget {
  const rest = spec.database.maxConnections - aggregatorConnections(spec)
  return { worker: Math.min(MOST_PER_WORKER, Math.floor(rest / spec.workers.replicas)), aggregator: FEWEST_CONNECTIONS }
}

export interface WorkerConnections {
  readonly work: number
  /** 0: leases are renewed over those for work, when one is free. */
  readonly leases: number
}

/** A lease would run out while whoever renews it waits for a connection, so where there are enough one is kept for that. */
export function divideConnections(connections: number, isSharded: boolean): WorkerConnections {
  const leases = isSharded && connections > FEWEST_CONNECTIONS ? 1 : 0
  return { work: connections - leases, leases }
}

/** The smallest `database.maxConnections` with which every process gets as many as it needs. */
export function fewestConnections(spec: Pick<PipelineSpec, 'workers' | 'aggregation'>): number {
  return aggregatorConnections(spec) + spec.workers.replicas * FEWEST_CONNECTIONS
}

function aggregatorConnections({ aggregation }: Pick<PipelineSpec, 'aggregation'>): number {
  return (aggregation.shards + 1) * FEWEST_CONNECTIONS
}
