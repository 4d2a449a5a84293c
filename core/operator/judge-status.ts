import { scopesOf } from '../composite/composite-scopes.ts'
import { createMetricSet } from '../metric-sets/metric-set.ts'
import { definitionOf } from '../pipeline/definition-of.ts'
import { metricSetOptions } from '../pipeline/metric-set-options.ts'
import { millisBetween } from '../time/millis-between.ts'
import { autoscalingStatus } from './autoscaling-status.ts'
import { aggregationHealthy, parity } from './conditions/aggregation.ts'
import { compositeFresh } from './conditions/composite-fresh.ts'
import { drained } from './conditions/drained.ts'
import { migrationsApplied } from './conditions/migrations-applied.ts'
import { databaseReachable, metricsAvailable, sourceReachable } from './conditions/reachable.ts'
import { ready } from './conditions/ready.ts'
import { scalingActive } from './conditions/scaling-active.ts'
import { streamsIntact } from './conditions/streams-intact.ts'
import { upgradeAvailable } from './conditions/upgrade-available.ts'
import { type Fleet, rolloutTrouble, workersAvailable } from './conditions/workers-available.ts'
import { deploymentState } from './deployment-state.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import type { Findings } from './finding.ts'
import { fleetSize, workersOf } from './fleet-size.ts'
import { jobState, podsOf } from './job-state.ts'
import type { MigrationView } from './judge-migration.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import { cronJobName } from './objects/job.ts'
import type { Observation } from './observation.ts'
import { componentOf } from './owner.ts'
import { findTrouble, fleetTrouble, type PodTrouble, workersAmong } from './pod-trouble.ts'
import { servedMs } from './served-ms.ts'
import { setConditions } from './set-conditions.ts'
import type { Condition, PipelineStatus } from './status.ts'
import { statusOf } from './status-of.ts'

/** A pipeline between what its object asks for and what is there. */
export interface Judged {
  readonly pipeline: string
  readonly migration: MigrationView
  readonly inForce: DesiredPipeline | undefined
}

/** What the status says. `now` is ISO text. */
export function judgeStatus(seen: Observation, judged: Judged, now: string): PipelineStatus {
  const fleet = fleetOf(seen, judged)
  const findings = findingsOf(seen, judged, fleet, now)
  return statusOf({
    pipeline: judged.pipeline,
    generation: seen.generation,
    conditions: setConditions(seen.previous?.conditions ?? [], findings, seen.generation, toTheSecond(now)),
    deployment: fleet.deployment,
    image: seen.pinnedImage,
    signals: seen.signals,
    isScored: specOf(judged)?.composite !== undefined,
    autoscaling: judged.inForce === undefined ? undefined : autoscalingStatus(judged.inForce, seen, toTheSecond(now)),
    operatorVersion: seen.operator.version,
  })
}

function specOf({ migration, inForce }: Judged): DesiredPipeline['spec'] | undefined {
  return (migration.asked ?? inForce)?.spec
}

function fleetOf(seen: Observation, judged: Judged): Fleet {
  const { inForce } = judged
  const deployment = workersOf(seen.owned)
  const wanted = inForce === undefined ? undefined : fleetSize(inForce, seen)
  const state = deployment === undefined ? undefined : deploymentState(deployment, wanted)
  return {
    deployment: state,
    trouble: fleetTrouble(seen.pods, state),
    isSuspended: specOf(judged)?.suspend ?? false,
    isScaled: inForce?.spec.workers.scaling.mode === 'Internal',
    wasAsleep: seen.previous?.conditions.some(isAsleep) ?? false,
  }
}

function isAsleep({ type, reason }: Condition): boolean {
  return type === 'WorkersAvailable' && (reason === 'ScaledToZero' || reason === 'Waking')
}

function findingsOf(seen: Observation, judged: Judged, fleet: Fleet, now: string): Findings {
  const { pipeline, migration, inForce } = judged
  const spec = specOf(judged)
  const runs = (migration.asked ?? inForce)?.image ?? seen.pinnedImage
  const aggregation = {
    ...seen,
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
    seen,
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
    SourceReachable: sourceReachable(seen),
    DatabaseReachable: databaseReachable(seen),
    MetricsAvailable: metricsAvailable(seen),
    AggregationHealthy: aggregationHealthy(aggregation),
    ...(spec?.composite === undefined
      ? {}
      : {
          CompositeFresh: compositeFresh({
            ...seen,
            composite: spec.composite,
            scopes: inForce === undefined ? [] : scopesIn(inForce.spec),
            awaitedMs: inForce?.spec.composite === undefined ? 0 : awaitedMs(seen, fleet, now),
            isSuspended: fleet.isSuspended,
            isAsleep: workers.reason === 'ScaledToZero' || workers.reason === 'NoneWanted',
          }),
        }),
    Parity: parity(aggregation),
    StreamsIntact: streamsIntact(seen),
    ...(seen.scaling === undefined || fleet.isSuspended ? {} : { ScalingActive: scalingActive(seen.scaling.decision) }),
    ...(fleet.isSuspended ? { Drained: drained(seen, workersAmong(seen.pods).length) } : {}),
    ...(spec === undefined ? {} : { UpgradeAvailable: upgradeAvailable(spec, runs, seen.operator) }),
  }
}

/** Of all that the definition declares a score for. */
function scopesIn({ metrics }: DesiredPipeline['spec']): readonly string[] {
  const definition = definitionOf(metrics)
  const composite = definition && createMetricSet(definition, metricSetOptions(metrics)).composite
  return composite === undefined ? [] : scopesOf(composite)
}

/**
 * For how long workers that know of all scores could have calculated what is missing. What was found to be missing for too long stays so until
 * it comes. That it is not known moves no time, whyever that is: so it is not for longer than the workers that there are have served.
 */
function awaitedMs({ previous, pods }: Observation, { deployment }: Fleet, now: string): number {
  const last = previous?.conditions.find(({ type }) => type === 'CompositeFresh')
  if (last?.reason === 'NeverCalculated') return Number.POSITIVE_INFINITY
  if (last?.reason !== 'NotYetCalculated' || deployment?.isComplete !== true) return 0
  return Math.min(millisBetween(last.lastTransitionTime, now), servedMs(workersAmong(pods), now))
}

/** Of the newest Job of the aggregation, where it failed. */
function lastFailure({ owned, pods }: Observation): { message: string; trouble: PodTrouble | undefined } | undefined {
  const [newest] = owned
    .filter((each) => each.kind === 'Job' && componentOf(each) === 'aggregation')
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1))
  if (newest === undefined) return undefined
  const state = jobState(newest)
  return state.state === 'failed' ? { message: state.message, trouble: jobTrouble(newest, pods) } : undefined
}

function jobTrouble(job: KubernetesObject | undefined, pods: readonly KubernetesObject[]): PodTrouble | undefined {
  return job === undefined ? undefined : findTrouble(podsOf(job, pods))
}

/** As Kubernetes writes times. */
function toTheSecond(now: string): string {
  return `${now.slice(0, 19)}Z`
}
