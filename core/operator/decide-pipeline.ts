import { aggregationSize } from './aggregation-size.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import { eventsOf, type PipelineEvent } from './events-of.ts'
import { fleetSize, workersOf } from './fleet-size.ts'
import { withMark } from './in-sync.ts'
import { judgeMigration, type MigrationView, retryMigration } from './judge-migration.ts'
import { judgeStatus } from './judge-status.ts'
import { type KubernetesObject, objectKey } from './kubernetes-object.ts'
import { fleetObjects, groundwork } from './objects/pipeline-objects.ts'
import { revision, revisionName, revisionNumber } from './objects/revision.ts'
import { withScale, workerScale } from './objects/worker-scale.ts'
import type { Observation } from './observation.ts'
import { outdatedObjects } from './outdated-objects.ts'
import { rankRevisions } from './revisions.ts'
import { scalingEvents } from './scaling-events.ts'
import type { PipelineStatus } from './status.ts'

/** What to do about one pipeline, and what to say of it. */
export interface PipelineDecision {
  /** In this order. */
  readonly apply: readonly KubernetesObject[]
  /**
   * How many workers there are to be, under a field manager of its own; undefined before there is a plan in force, and while somebody else's
   * number is left for a moment.
   */
  readonly scale: KubernetesObject | undefined
  readonly remove: readonly KubernetesObject[]
  readonly status: PipelineStatus
  readonly events: readonly PipelineEvent[]
  /** Look again then, though nothing changes; undefined when only a change matters. */
  readonly againMs: number | undefined
}

/** Nothing tells that a worker which was killed has been silent for long enough. */
const LOOK_AGAIN_MS = 2_000

/**
 * Decides from what is there, never from what happened. `now` is ISO text.
 *
 * A plan comes into force once its migration is done; until then, and while the object is not valid, the plan before stays in force and is
 * repaired as ever.
 */
export function decidePipeline(seen: Observation, pipeline: string, now: string): PipelineDecision {
  const { outdated } = rankRevisions(seen.owned)
  const migration = judgeMigration(seen)
  const inForce = migration.isDone && migration.asked !== undefined ? migration.asked : seen.inForce
  const apply = [
    ...preparation(seen, migration),
    ...recordOf(seen, migration),
    ...(inForce === undefined ? [] : running(inForce, seen)),
  ]
  const desired = [...new Map(apply.map((object) => [objectKey(object), object])).values()]
  const workers = workersOf(desired)
  const size = inForce === undefined ? 0 : fleetSize(inForce, seen)
  const retry = retryMigration(migration, now)
  const status = judgeStatus(seen, { pipeline, migration, inForce }, now)
  return {
    apply: desired
      .map(withMark)
      .map((object) => (isNew(object, seen) && object.kind === 'Deployment' ? withScale(object, size) : object)),
    scale: workers === undefined || isLeft(seen) ? undefined : workerScale(workers, size),
    remove: [...outdatedObjects(seen, desired, outdated), ...migration.superseded, ...retry.remove],
    status,
    events: [
      ...scalingEvents(seen.previous?.autoscaling, status.autoscaling),
      ...eventsOf(seen.previous?.conditions ?? [], status.conditions),
    ],
    againMs: isDraining(status) ? Math.min(retry.againMs ?? LOOK_AGAIN_MS, LOOK_AGAIN_MS) : retry.againMs,
  }
}

function isLeft({ scaling }: Observation): boolean {
  return scaling?.memory.contest?.isLeft === true
}

function preparation(
  { operator }: Observation,
  { asked, wanted, observed, mustWait }: MigrationView,
): readonly KubernetesObject[] {
  if (asked === undefined) return []
  const begins = wanted !== undefined && (observed !== undefined || !mustWait)
  return [...groundwork(asked, operator.pullSecrets), ...(begins ? [wanted] : [])]
}

/** The plan that is in force is written down; a number is given once and kept. */
function recordOf({ owned }: Observation, { asked, isDone }: MigrationView): readonly KubernetesObject[] {
  if (asked === undefined || !isDone) return []
  const { current } = rankRevisions(owned)
  const highest = current === undefined ? 0 : revisionNumber(current)
  return [revision(asked, current?.metadata.name === revisionName(asked) ? highest : highest + 1)]
}

function running(pipeline: DesiredPipeline, seen: Observation): readonly KubernetesObject[] {
  const { hasServiceMonitors, operator } = seen
  const fleet = fleetObjects(pipeline, { hasServiceMonitors, aggregations: aggregationSize(pipeline, seen) })
  return [...groundwork(pipeline, operator.pullSecrets), ...fleet]
}

function isNew(object: KubernetesObject, { owned }: Observation): boolean {
  return !owned.some((each) => objectKey(each) === objectKey(object))
}

function isDraining({ conditions }: PipelineStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Drained' && status !== 'True')
}
