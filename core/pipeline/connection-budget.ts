import type { PipelineSpec } from './spec.ts'

/** A worker commits a batch while it evaluates. */
export const FEWEST_CONNECTIONS = 2

/** More would only queue in the database: a worker has one batch and a few evaluations in flight. */
const MOST_PER_WORKER = 10

/** A daily aggregation writes three batches at a time, between two of which it reads whom the next one is about, and holds its run. */
export const AGGREGATION_CONNECTIONS = 4

/** The day roll does one thing after the other. */
export const DAY_ROLL_CONNECTIONS = 2

type Sizes = Pick<PipelineSpec, 'database' | 'workers' | 'aggregation'>

/**
 * Connections that each worker may open, so that all that can run at once stay within `database.maxConnections`. A cluster writes into
 * `replicas` for how many it divides them, whatever the mode.
 */
export function workerConnections(spec: Sizes): number {
  const most = Math.max(spec.workers.replicas, mostWorkers(spec))
  const workers = Math.max(fewestWorkers(spec), Math.min(most, workersInReach(spec)))
  return Math.min(MOST_PER_WORKER, Math.floor(restForWorkers(spec) / workers))
}

/** How many workers the connections reach for, when each has the fewest. */
export function workersInReach(spec: Sizes): number {
  return Math.floor(restForWorkers(spec) / FEWEST_CONNECTIONS)
}

/** The size that a fleet may come to with nobody editing the pipeline. */
export function mostWorkers({ workers: { replicas, scaling } }: Pick<PipelineSpec, 'workers'>): number {
  switch (scaling.mode) {
    case 'Internal':
      return scaling.maxReplicas
    case 'External': // the other scaler is told the same bound, or each step beyond it restarts all workers
      return Math.max(replicas, scaling.maxReplicas)
    case 'Advisory':
    case 'Off':
      return Math.max(1, replicas)
  }
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
  return aggregatorConnections(spec) + fewestWorkers(spec) * FEWEST_CONNECTIONS
}

/** Where none runs now there is still room for one: somebody may wake it. */
export function fewestWorkers({ workers: { replicas, scaling } }: Pick<PipelineSpec, 'workers'>): number {
  return Math.max(1, scaling.mode === 'Internal' ? scaling.minReplicas : replicas)
}

function restForWorkers(spec: Sizes): number {
  return spec.database.maxConnections - aggregatorConnections(spec)
}

/** The daily aggregation and the day roll may overlap. */
export function aggregatorConnections({ aggregation }: Pick<PipelineSpec, 'aggregation'>): number {
  return aggregation.shards * AGGREGATION_CONNECTIONS + DAY_ROLL_CONNECTIONS
}
