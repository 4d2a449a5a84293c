import { isAlive } from '../signals/is-alive.ts'
import type { DatabaseSignals, PipelineSignals } from '../signals/pipeline-signals.ts'

/** Workers that are busier than this have no room for an uneven moment. */
const BUSY_SHARE = 0.75

/** So that whoever rounds up keeps one worker, and whoever asks for more than nothing gets it. */
const LEAST = 0.01

/**
 * How many workers, as a fraction, it takes to keep up with what comes in and to have done what waits within the target. Zero only when there is
 * certainly nothing to do; null where it is not known. While nobody has seen a worker of this pipeline work, the first one is to show it.
 */
export function demandOf({ source, database, load }: PipelineSignals, targetLatencyMs: number): number | null {
  if ('unreachable' in source || 'unreachable' in database || !database.migrated) return null
  const { arrivalsPerSecond, capacityPerWorker } = load
  const isLeft = source.isDrained !== true || marksOf(database) > 0
  if (!isLeft && arrivalsPerSecond === 0) return 0
  const isAsleep = !database.members.some(isAlive)
  if (isLeft && isAsleep && (capacityPerWorker === null || source.backlog === null)) return 1
  if (source.backlog === null || arrivalsPerSecond === null || !capacityPerWorker) return null
  const perSecond = arrivalsPerSecond / BUSY_SHARE + (source.backlog * 1_000) / targetLatencyMs
  return Math.max(LEAST, Math.round((perSecond / capacityPerWorker) * 1_000) / 1_000)
}

/** Entities that wait for an evaluation, whether that is written down yet or not. */
function marksOf({ marks, resolvableReferences, overdueNextChanges }: DatabaseSignals): number {
  return marks + resolvableReferences + (overdueNextChanges ?? 0)
}
