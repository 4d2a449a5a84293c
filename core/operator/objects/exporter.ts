import type { Connection } from '../../pipeline/spec.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject, ObjectMeta } from '../kubernetes-object.ts'
import { COMPONENT_LABEL, MANAGED_BY, ownerReference } from '../owner.ts'
import { CONTAINER_SECURITY, field, HTTP_PORT, POD_SECURITY, secretFile } from './operand-pod.ts'
import { PIPELINE_FILE, pipelineFile } from './pipeline-file.ts'
import { imagePullSecrets } from './service-account.ts'
import { probe } from './worker-deployment.ts'

export const EXPORTER = 'metrics-pipeline-exporter'

const PIPELINES_FOLDER = '/etc/metrics-pipeline/pipelines'
const CONNECTIONS_FOLDER = '/etc/metrics-pipeline/connections'

/** What each of a namespace's exporters runs with, whoever the pipelines are. */
export interface ExporterSettings {
  readonly image: string
  readonly logLevel: string
  readonly pullSecrets: readonly string[]
}

/** The objects of the one exporter of a namespace. They belong to all its pipelines: Kubernetes deletes them with the last one. */
export function exporterObjects(
  pipelines: readonly DesiredPipeline[],
  settings: ExporterSettings,
  hasServiceMonitors: boolean,
): readonly KubernetesObject[] {
  const sorted = [...pipelines].sort((a, b) => (a.owner.name < b.owner.name ? -1 : 1))
  const [first] = sorted
  if (first === undefined) return []
  const metadata: ObjectMeta = {
    name: EXPORTER,
    namespace: first.owner.namespace,
    labels: LABELS,
    ownerReferences: sorted.map(({ owner }) => ({ ...ownerReference(owner), controller: false })),
  }
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata,
      automountServiceAccountToken: false,
      ...imagePullSecrets(settings.pullSecrets),
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deployment(sorted, settings) },
    service(metadata),
    networkPolicy(metadata),
    ...(hasServiceMonitors && sorted.some(({ spec }) => spec.telemetry.serviceMonitor)
      ? [monitor(metadata, sorted)]
      : []),
  ]
}

const IDENTITY = { 'app.kubernetes.io/name': EXPORTER, [COMPONENT_LABEL]: 'exporter' } as const
const LABELS = { ...IDENTITY, 'app.kubernetes.io/instance': EXPORTER, 'app.kubernetes.io/managed-by': MANAGED_BY }

function deployment(pipelines: readonly DesiredPipeline[], { image, logLevel }: ExporterSettings): unknown {
  const probing = { timeoutSeconds: 3, successThreshold: 1, failureThreshold: 6 }
  return {
    replicas: 1,
    revisionHistoryLimit: 3,
    selector: { matchLabels: IDENTITY },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: LABELS },
      spec: {
        serviceAccountName: EXPORTER,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 10,
        securityContext: POD_SECURITY,
        containers: [
          {
            name: 'exporter',
            image,
            command: ['exporter'],
            env: [
              { name: 'PIPELINES_DIR', value: PIPELINES_FOLDER },
              { name: 'CONNECTIONS_DIR', value: CONNECTIONS_FOLDER },
              { name: 'HTTP_PORT', value: String(HTTP_PORT) },
              { name: 'HTTP_HOST', valueFrom: field('status.podIP') },
              { name: 'LOG_LEVEL', value: logLevel },
            ],
            ports: [{ name: 'http', containerPort: HTTP_PORT, protocol: 'TCP' }],
            resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: memoryFor(pipelines.length) } },
            securityContext: CONTAINER_SECURITY,
            terminationMessagePolicy: 'FallbackToLogsOnError',
            livenessProbe: { ...probing, httpGet: probe('/livez'), periodSeconds: 10 },
            readinessProbe: { ...probing, httpGet: probe('/readyz'), periodSeconds: 2 },
            volumeMounts: [
              { name: 'pipelines', mountPath: PIPELINES_FOLDER, readOnly: true },
              { name: 'connections', mountPath: CONNECTIONS_FOLDER, readOnly: true },
            ],
          },
        ],
        volumes: [
          { name: 'pipelines', projected: { sources: pipelines.map(file) } },
          { name: 'connections', projected: { sources: pipelines.flatMap(connections) } },
        ],
      },
    },
  }
}

/** Room for what it is given: more from each hundredth pipeline on, so that it seldom starts anew for that. */
function memoryFor(pipelines: number): string {
  return `${256 + 64 * Math.floor(pipelines / 100)}Mi`
}

/** The very files that the pipelines' own pods read: one ConfigMap with those of all could outgrow what an object may hold. */
function file(pipeline: DesiredPipeline): unknown {
  const { name } = pipelineFile(pipeline).metadata
  const items = [{ key: PIPELINE_FILE, path: `${pipeline.owner.name}.yaml` }]
  return { configMap: { name, items, optional: true } }
}

/** Every Secret is optional, so that one that is missing keeps no other pipeline from being seen. */
function connections({ owner, spec }: DesiredPipeline): readonly unknown[] {
  const { redisStreams } = spec.source
  const files: readonly (readonly [string, Connection | undefined])[] = [
    ['redis-url', redisStreams.exporterConnection ?? redisStreams.connection],
    ['database-url', spec.database.exporterConnection ?? spec.database.connection],
  ]
  return files.flatMap(([file, connection]) =>
    connection === undefined ? [] : [secretFile(connection, `${owner.name}/${file}`)],
  )
}

function service(metadata: ObjectMeta): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      selector: IDENTITY,
      ports: [{ name: 'http', port: HTTP_PORT, targetPort: 'http', protocol: 'TCP' }],
    },
  }
}

/** With the labels of all its pipelines, for a Prometheus selects what it scrapes by labels. */
function monitor(metadata: ObjectMeta, pipelines: readonly DesiredPipeline[]): KubernetesObject {
  const labels = Object.assign({}, ...pipelines.map((pipeline) => pipeline.labels ?? {}), metadata.labels)
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { ...metadata, labels },
    spec: { selector: { matchLabels: LABELS }, endpoints: [{ port: 'http', path: '/metrics' }] },
  }
}

/** Who may scrape metrics is not known here, so the port is open to all pods; nothing else is. */
function networkPolicy(metadata: ObjectMeta): KubernetesObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: { matchLabels: IDENTITY },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: 'http' }] }],
    },
  }
}
