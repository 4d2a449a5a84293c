import { type PlannedProcess, planPipeline } from '../../pipeline/plan.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { compositeFile } from './composite-file.ts'
import { migrationJob, scheduledRun } from './job.ts'
import { pipelineFile } from './pipeline-file.ts'
import { serviceAccount } from './service-account.ts'
import { workerDeployment } from './worker-deployment.ts'
import { workerMonitor } from './worker-monitor.ts'
import { disruptionBudget, networkPolicy } from './worker-surroundings.ts'

/** What a pipeline's pods need before any of them starts. */
export function groundwork(pipeline: DesiredPipeline, pullSecrets: readonly string[]): readonly KubernetesObject[] {
  return [serviceAccount(pipeline, pullSecrets), pipelineFile(pipeline), networkPolicy(pipeline)]
}

export interface FleetSurroundings {
  readonly hasServiceMonitors: boolean
  /** How many shards of the daily aggregation run side by side. */
  readonly aggregations: number
}

/** The fleet and the scheduled runs: what the plan says is to run for good. */
export function fleetObjects(
  pipeline: DesiredPipeline,
  { hasServiceMonitors, aggregations }: FleetSurroundings,
): readonly KubernetesObject[] {
  const running = processesOf(pipeline).flatMap((process) => runningObject(pipeline, process, aggregations))
  const isMonitored = hasServiceMonitors && pipeline.spec.telemetry.serviceMonitor
  return [
    ...compositeFile(pipeline),
    ...running,
    disruptionBudget(pipeline),
    ...(isMonitored ? workerMonitor(pipeline) : []),
  ]
}

/** The Job that has to end well before the fleet of this plan starts; undefined where the team migrates by hand. */
export function migrationOf(pipeline: DesiredPipeline, after: number): KubernetesObject | undefined {
  const process = processesOf(pipeline).find(({ runs }) => runs.when === 'first')
  return process === undefined ? undefined : migrationJob(pipeline, process, after)
}

function processesOf({ owner, spec }: DesiredPipeline): readonly PlannedProcess[] {
  return planPipeline(owner.name, spec).processes
}

function runningObject(
  pipeline: DesiredPipeline,
  process: PlannedProcess,
  aggregations: number,
): readonly KubernetesObject[] {
  const { runs } = process
  switch (runs.when) {
    case 'first':
      return []
    case 'always':
      return [workerDeployment(pipeline, process)]
    case 'scheduled':
      return [scheduledRun(pipeline, process, { ...runs, sideBySide: Math.min(process.count, aggregations) })]
  }
}
