import { millisBetween } from '../time/millis-between.ts'
import { aggregationHealthy, parity } from './conditions/aggregation.ts'
import { drained } from './conditions/drained.ts'
import { migrationsApplied } from './conditions/migrations-applied.ts'
import { databaseReachable, metricsAvailable, type Seen, sourceReachable } from './conditions/reachable.ts'
import { ready } from './conditions/ready.ts'
import { streamsIntact } from './conditions/streams-intact.ts'
import { upgradeAvailable } from './conditions/upgrade-available.ts'
import { type Fleet, rolloutTrouble, workersAvailable } from './conditions/workers-available.ts'
import { type DeploymentState, deploymentState } from './deployment-state.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import { eventsOf, type PipelineEvent } from './events-of.ts'
import type { Findings } from './finding.ts'
import { withMark } from './in-sync.ts'
import { hasEnded, jobState, podsOf } from './job-state.ts'
import { type KubernetesObject, objectKey } from './kubernetes-object.ts'
import { cronJobName } from './objects/job.ts'
import { fleetObjects, groundwork, migrationOf } from './objects/pipeline-objects.ts'
import { revision, revisionName, revisionNumber } from './objects/revision.ts'
import type { Observation, OperatorIdentity } from './observation.ts'
import { outdatedObjects } from './outdated-objects.ts'
import { COMPONENT_LABEL, type Component } from './owner.ts'
import { findTrouble, type PodTrouble } from './pod-trouble.ts'
import { rankRevisions } from './revisions.ts'
import { setConditions } from './set-conditions.ts'
import type { PipelineStatus } from './status.ts'
import { statusOf } from './status-of.ts'

/** What to do about one pipeline, and what to say of it. */
export interface PipelineDecision {
  /** In this order. */
  readonly apply: readonly KubernetesObject[]
  readonly remove: readonly KubernetesObject[]
  readonly status: PipelineStatus
  readonly events: readonly PipelineEvent[]
  /** Look again then, though nothing changes; undefined when only a change matters. */
  readonly againMs: number | undefined
}

const RETRY_MIGRATION_MS = 30_000

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
    ...preparation(migration, seen.operator),
    ...recordOf(seen, migration),
    ...(inForce === undefined ? [] : running(inForce, seen)),
  ]
  const desired = [...new Map(apply.map((object) => [objectKey(object), object])).values()]
  const retry = retryOf(migration, now)

  const status = judge(seen, pipeline, migration, inForce, now)
  return {
    apply: desired.map(withMark),
    remove: [...outdatedObjects(seen, desired, outdated), ...migration.superseded, ...retry.remove],
    status,
    events: eventsOf(seen.previous?.conditions ?? [], status.conditions),
    againMs: isDraining(status) ? Math.min(retry.againMs ?? LOOK_AGAIN_MS, LOOK_AGAIN_MS) : retry.againMs,
  }
}

interface MigrationView {
  readonly asked: DesiredPipeline | undefined
  /** What is to run well before the plan comes into force; undefined when nothing is. */
  readonly wanted: KubernetesObject | undefined
  readonly observed: KubernetesObject | undefined
  readonly isDone: boolean
  /** Of plans that nobody asks for any more, and not at their end: were one to end last, its plan would be the schema's newest. */
  readonly superseded: readonly KubernetesObject[]
  /** One of those may be at work still. */
  readonly mustWait: boolean
}

function judgeMigration(seen: Observation): MigrationView {
  if ('problems' in seen.asked) return NOTHING_ASKED
  const asked = seen.asked
  const { current } = rankRevisions(seen.owned)
  const wanted =
    current?.metadata.name === revisionName(asked)
      ? undefined
      : migrationOf(asked, current === undefined ? 0 : revisionNumber(current))
  const observed = wanted === undefined ? undefined : seen.owned.find((each) => objectKey(each) === objectKey(wanted))
  const isDone = wanted === undefined || (observed !== undefined && jobState(observed).state === 'complete')
  const superseded = seen.owned.filter(
    (each) => isMigration(each) && each.metadata.name !== wanted?.metadata.name && jobState(each).state === 'running',
  )
  const atWork = seen.pods.filter((pod) => isMigration(pod) && !hasEnded(pod))
  const ofWanted = observed === undefined ? [] : podsOf(observed, atWork)
  const mustWait = superseded.length > 0 || atWork.length > ofWanted.length
  return { asked, wanted, observed, isDone, superseded, mustWait }
}

const NOTHING_ASKED: MigrationView = {
  asked: undefined,
  wanted: undefined,
  observed: undefined,
  isDone: false,
  superseded: [],
  mustWait: false,
}

function isMigration({ metadata }: KubernetesObject): boolean {
  return componentOf(metadata) === 'migrate'
}

function preparation(
  { asked, wanted, observed, mustWait }: MigrationView,
  { pullSecrets }: OperatorIdentity,
): readonly KubernetesObject[] {
  if (asked === undefined) return []
  const begins = wanted !== undefined && (observed !== undefined || !mustWait)
  return [...groundwork(asked, pullSecrets), ...(begins ? [wanted] : [])]
}

/** The plan that is in force is written down; a number is given once and kept. */
function recordOf({ owned }: Observation, { asked, isDone }: MigrationView): readonly KubernetesObject[] {
  if (asked === undefined || !isDone) return []
  const { current } = rankRevisions(owned)
  const highest = current === undefined ? 0 : revisionNumber(current)
  return [revision(asked, current?.metadata.name === revisionName(asked) ? highest : highest + 1)]
}

function running(pipeline: DesiredPipeline, seen: Observation): readonly KubernetesObject[] {
  return [...groundwork(pipeline, seen.operator.pullSecrets), ...fleetObjects(pipeline, seen.hasServiceMonitors)]
}

/** A migration that failed for good may only have met a database that was away: a new Job takes its place after a while. */
function retryOf(
  { observed }: MigrationView,
  now: string,
): { readonly remove: readonly KubernetesObject[]; readonly againMs: number | undefined } {
  const state = observed === undefined ? undefined : jobState(observed)
  if (observed === undefined || state?.state !== 'failed') return { remove: [], againMs: undefined }
  const waitMs = RETRY_MIGRATION_MS - millisBetween(state.since, now)
  return waitMs <= 0 ? { remove: [observed], againMs: 1_000 } : { remove: [], againMs: waitMs }
}

function judge(
  seen: Observation,
  pipeline: string,
  migration: MigrationView,
  inForce: DesiredPipeline | undefined,
  now: string,
): PipelineStatus {
  const deployment = seen.owned.find(
    ({ kind, metadata }) => kind === 'Deployment' && componentOf(metadata) === 'worker',
  )
  const wanted = inForce === undefined ? undefined : inForce.spec.suspend ? 0 : inForce.spec.workers.replicas
  const state = deployment === undefined ? undefined : deploymentState(deployment, wanted)
  const spec = migration.asked?.spec ?? inForce?.spec
  const isSuspended = spec?.suspend ?? false
  const workers = seen.pods.filter(({ metadata }) => componentOf(metadata) === 'worker')
  const fleet: Fleet = { deployment: state, trouble: findTrouble(workers) ?? refusalOf(state), isSuspended }
  const runs = (migration.asked ?? inForce)?.image ?? seen.pinnedImage
  const findings = findingsOf(seen, pipeline, migration, fleet, spec, workers.length, runs)
  return statusOf({
    pipeline,
    generation: seen.generation,
    conditions: setConditions(seen.previous?.conditions ?? [], findings, seen.generation, toTheSecond(now)),
    deployment: state,
    image: seen.pinnedImage,
    signals: seen.signals,
    operatorVersion: seen.operator.version,
  })
}

function findingsOf(
  seen: Observation,
  pipeline: string,
  migration: MigrationView,
  fleet: Fleet,
  spec: DesiredPipeline['spec'] | undefined,
  workerPods: number,
  runs: string,
): Findings {
  const view: Seen = seen
  const aggregation = {
    ...view,
    cronJob: cronJobName({ name: `${pipeline}-aggregation`, count: spec?.aggregation.shards ?? 1 }),
    ...fleet,
    failure: lastFailure(seen),
  }
  const workers = workersAvailable(fleet)
  const migrated = migrationsApplied(
    {
      job: migration.observed === undefined ? undefined : jobState(migration.observed),
      trouble: jobTrouble(migration.observed, seen.pods),
      isDone: migration.isDone,
      isByHand: spec?.database.migrate === false,
      invalid: migration.asked === undefined ? { hasPlan: seen.inForce !== undefined } : undefined,
    },
    view,
  )
  return {
    Ready: ready({
      problems: 'problems' in seen.asked ? seen.asked.problems : [],
      taken: seen.taken,
      refused: seen.refused,
      isSuspended: fleet.isSuspended,
      migrated,
      workers,
      rollout: rolloutTrouble(fleet),
      keepsRunning: fleet.deployment !== undefined,
    }),
    WorkersAvailable: workers,
    MigrationsApplied: migrated,
    SourceReachable: sourceReachable(view),
    DatabaseReachable: databaseReachable(view),
    MetricsAvailable: metricsAvailable(view),
    AggregationHealthy: aggregationHealthy(aggregation),
    Parity: parity(aggregation),
    StreamsIntact: streamsIntact(view),
    ...(fleet.isSuspended ? { Drained: drained(view, workerPods) } : {}),
    ...(spec === undefined ? {} : { UpgradeAvailable: upgradeAvailable(spec, runs, seen.operator) }),
  }
}

/** Of the newest Job of the aggregation, where it failed. */
function lastFailure({ owned, pods }: Observation): { message: string; trouble: PodTrouble | undefined } | undefined {
  const [newest] = owned
    .filter(({ kind, metadata }) => kind === 'Job' && componentOf(metadata) === 'aggregation')
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1))
  if (newest === undefined) return undefined
  const state = jobState(newest)
  return state.state === 'failed' ? { message: state.message, trouble: jobTrouble(newest, pods) } : undefined
}

function refusalOf(state: DeploymentState | undefined): PodTrouble | undefined {
  return state?.refusal === undefined ? undefined : { pod: undefined, reason: 'FailedCreate', message: state.refusal }
}

function jobTrouble(job: KubernetesObject | undefined, pods: readonly KubernetesObject[]): PodTrouble | undefined {
  return job === undefined ? undefined : findTrouble(podsOf(job, pods))
}

function componentOf({ labels }: KubernetesObject['metadata']): Component | undefined {
  return labels?.[COMPONENT_LABEL] as Component | undefined
}

function isDraining({ conditions }: PipelineStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Drained' && status !== 'True')
}

/** As Kubernetes writes times. */
function toTheSecond(now: string): string {
  return `${now.slice(0, 19)}Z`
}
