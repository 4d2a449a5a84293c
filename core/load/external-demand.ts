import { BUSY_SHARE } from '../autoscaling/demand.ts'
import { workersFor } from '../autoscaling/parallelism.ts'
import { isAlive } from '../signals/is-alive.ts'
import { isNothingLeft } from '../signals/is-nothing-left.ts'
import type { PipelineSignals } from '../signals/pipeline-signals.ts'

/** So that whoever rounds up keeps one worker, and whoever asks for more than nothing gets it. */
const LEAST = 0.01

/**
 * What others than the operator scale by: how many workers, as a fraction, it takes to keep up with what comes in and to have done what waits
 * within the target. Zero only when there is certainly nothing to do; null where it is not known. While nobody has seen a worker of this pipeline
 * work, the first one is to show it.
 */
export function externalDemand({ source, database, load }: PipelineSignals, targetLatencyMs: number): number | null {
  if ('unreachable' in source || 'unreachable' in database || !database.migrated) return null
  const { arrivalsPerSecond, capacityPerWorker } = load
  const isLeft = !isNothingLeft(source, database)
  if (!isLeft && arrivalsPerSecond === 0) return 0
  const isAsleep = !database.members.some(isAlive)
  if (isLeft && isAsleep && (capacityPerWorker === null || source.backlog === null)) return 1
  if (source.backlog === null || arrivalsPerSecond === null || !capacityPerWorker) return null
  const perSecond = Math.max(
    arrivalsPerSecond / BUSY_SHARE,
    arrivalsPerSecond + (source.backlog * 1_000) / targetLatencyMs,
  )
  const workers = inShards(perSecond / capacityPerWorker, database.shards.length)
  return Math.max(LEAST, Math.round(workers * 1_000) / 1_000)
}

/** As many as it takes when shards are not divided: five leave two of eight to one of them, as four do, so that it takes four or eight. */
function inShards(workers: number, shards: number): number {
  return workers <= 1 || shards === 0 ? workers : workersFor(Math.min(workers, shards), shards)
}
