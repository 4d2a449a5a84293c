import type { PlannedProcess } from '../../pipeline/plan.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import { fingerprint } from '../fingerprint.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { ownedLabels, ownedMeta } from '../owner.ts'
import { operandPod } from './operand-pod.ts'

/** Wrong configuration does not become right by trying again. */
const USAGE_EXIT_CODE = 2

const RUN_SECONDS = 6 * 3_600
const MIGRATION_SECONDS = 3_600
const DAY_SECONDS = 86_400

/**
 * Brings the schema to what the plan needs. Named by all that decides what it does, and by the number of the plan that it comes `after`: who
 * goes back to an earlier plan migrates again.
 */
export function migrationJob(pipeline: DesiredPipeline, process: PlannedProcess, after: number): KubernetesObject {
  const template = operandPod(pipeline, process, { resources: pipeline.spec.aggregation.resources, pod: ONCE })
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: ownedMeta(pipeline.owner, `${process.name}-${fingerprint([template, after])}`, process.role),
    spec: {
      backoffLimit: 3,
      activeDeadlineSeconds: MIGRATION_SECONDS,
      ttlSecondsAfterFinished: DAY_SECONDS,
      template,
    },
  }
}

/** Kubernetes puts the minute of a run behind it, and the index of each pod behind that; all of it has to fit into a label. */
export function cronJobName({ name, count }: Pick<PlannedProcess, 'name' | 'count'>): string {
  return name.slice(0, LONGEST_LABEL - MINUTE.length - `-${count - 1}`.length)
}

const LONGEST_LABEL = 63
const MINUTE = '-29927483'

/** A run by the clock. Each shard is tried again by itself; one that cannot succeed does not stop the others. */
export function scheduledRun(
  pipeline: DesiredPipeline,
  process: PlannedProcess,
  {
    schedule,
    timeZone,
    sideBySide,
  }: { readonly schedule: string; readonly timeZone: string; readonly sideBySide: number },
): KubernetesObject {
  const { owner, spec } = pipeline
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: ownedMeta(owner, cronJobName(process), process.role),
    spec: {
      schedule,
      timeZone,
      suspend: spec.suspend,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: RUN_SECONDS, // without it, a hundred missed starts end a CronJob for good
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels: ownedLabels(owner.name, process.role) },
        spec: {
          completionMode: 'Indexed',
          completions: process.count,
          parallelism: sideBySide,
          backoffLimitPerIndex: 3,
          maxFailedIndexes: process.count,
          activeDeadlineSeconds: RUN_SECONDS,
          podFailurePolicy: {
            rules: [
              {
                action: 'FailIndex',
                onExitCodes: { containerName: process.role, operator: 'In', values: [USAGE_EXIT_CODE] },
              },
            ],
          },
          template: operandPod(pipeline, process, { resources: spec.aggregation.resources, pod: ONCE }),
        },
      },
    },
  }
}

/** A failed pod stays, with its last words, and another one takes its place. */
const ONCE = { restartPolicy: 'Never' } as const
