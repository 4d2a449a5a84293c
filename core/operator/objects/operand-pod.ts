import type { EnvironmentValue } from '../../pipeline/environment-value.ts'
import type { PlannedProcess } from '../../pipeline/plan.ts'
import type { Resources } from '../../pipeline/pod-settings.ts'
import type { Connection } from '../../pipeline/spec.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import { identityLabels, ownedLabels } from '../owner.ts'
import { COMPOSITE_FILE, compositeFileName } from './composite-file.ts'
import { PIPELINE_FILE, pipelineFile } from './pipeline-file.ts'
import { operandName } from './service-account.ts'

export const HTTP_PORT = 8080

const PIPELINE_FOLDER = '/etc/metrics-pipeline/pipeline'
const COMPOSITE_FOLDER = '/etc/metrics-pipeline/composite'
const CONNECTIONS_FOLDER = '/etc/metrics-pipeline/connections'

/** Which user that is the image says, by its number; clusters that give each namespace users of its own need it left open. */
export const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } as const

export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const

const PROGRAM_COMMAND = { cli: 'mp', worker: 'worker', aggregator: 'aggregator' } as const

export interface PodOptions {
  readonly resources: Resources
  /** Fields of the container and of the pod that only this kind of process has. */
  readonly container?: Readonly<Record<string, unknown>>
  readonly pod?: Readonly<Record<string, unknown>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** The template of the pods that run one of a plan's processes. */
export function operandPod(pipeline: DesiredPipeline, process: PlannedProcess, options: PodOptions): unknown {
  const { owner, spec, image } = pipeline
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints, priorityClassName } = spec.workers
  const hasComposite = Object.values(process.environment).some(
    (value) => 'from' in value && value.from === 'composite-file',
  )
  return {
    metadata: {
      labels: ownedLabels(owner.name, process.role),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    },
    spec: {
      serviceAccountName: operandName(owner.name),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      ...defined({ nodeSelector, tolerations, affinity, priorityClassName }),
      topologySpreadConstraints: topologySpreadConstraints ?? [spreadOverNodes(owner.name, process.role)],
      ...options.pod,
      containers: [
        {
          name: process.role,
          image,
          command: [PROGRAM_COMMAND[process.program]],
          ...(process.arguments.length === 0 ? {} : { args: process.arguments.map(indexOfJob) }),
          env: environment(process.environment),
          resources: options.resources,
          securityContext: CONTAINER_SECURITY,
          terminationMessagePolicy: 'FallbackToLogsOnError', // status repeats the last lines of a process that failed
          volumeMounts: [
            { name: 'pipeline', mountPath: PIPELINE_FOLDER, readOnly: true },
            { name: 'connections', mountPath: CONNECTIONS_FOLDER, readOnly: true },
            ...(hasComposite ? [{ name: 'composite', mountPath: COMPOSITE_FOLDER, readOnly: true }] : []),
            { name: 'tmp', mountPath: '/tmp' },
          ],
          ...options.container,
        },
      ],
      volumes: [
        { name: 'pipeline', configMap: { name: pipelineFile(pipeline).metadata.name } },
        { name: 'connections', projected: { sources: connectionSources(process.environment) } },
        ...(hasComposite ? [{ name: 'composite', configMap: compositeMount(owner.name) }] : []),
        { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      ],
    },
  }
}

/** Optional, for a pod may start a moment before it is there. */
function compositeMount(pipeline: string): unknown {
  return { name: compositeFileName(pipeline), optional: true }
}

/** Soft: a pipeline that fits on one node only still runs. */
function spreadOverNodes(pipeline: string, role: PlannedProcess['role']): unknown {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: identityLabels(pipeline, role) },
  }
}

/** The controller of Jobs tells each pod its index in a variable. */
function indexOfJob(argument: string): string {
  return argument.replaceAll('{index}', '$(JOB_COMPLETION_INDEX)')
}

function environment(planned: PlannedProcess['environment']): readonly unknown[] {
  return Object.entries(planned).flatMap(([name, value]) => variables(name, value))
}

function variables(name: string, value: EnvironmentValue): readonly unknown[] {
  if ('value' in value) return [{ name, value: value.value }]
  switch (value.from) {
    case 'pipeline-file':
      return [{ name, value: `${PIPELINE_FOLDER}/${PIPELINE_FILE}` }]
    case 'composite-file':
      return [{ name, value: `${COMPOSITE_FOLDER}/${COMPOSITE_FILE}` }]
    case 'process-name':
      return [{ name, valueFrom: field('metadata.name') }]
    case 'http-port':
      return [
        { name, value: String(HTTP_PORT) },
        { name: 'HTTP_HOST', valueFrom: field('status.podIP') },
      ]
    case 'database-url':
    case 'redis-url':
    case 'otlp-headers':
      return [{ name: `${name}_FILE`, value: `${CONNECTIONS_FOLDER}/${value.from}` }]
  }
}

/** A field that the kubelet fills in. The API server would add its version, and the object would differ from what was asked for. */
export function field(fieldPath: string): unknown {
  return { fieldRef: { apiVersion: 'v1', fieldPath } }
}

/**
 * Mounted as files, for those follow the Secret: a new password reaches processes that run. Optional, for a process says which file is
 * missing, where a pod that waits for a mount says nothing.
 */
function connectionSources(planned: PlannedProcess['environment']): readonly unknown[] {
  return Object.values(planned).flatMap((value) =>
    'secretKeyRef' in value && value.secretKeyRef !== undefined
      ? [secretFile({ secretKeyRef: value.secretKeyRef }, value.from)]
      : [],
  )
}

/** One key of a Secret as a file in a projected volume. */
export function secretFile({ secretKeyRef }: Connection, path: string): unknown {
  return { secret: { name: secretKeyRef.name, items: [{ key: secretKeyRef.key, path }], optional: true } }
}

function defined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
