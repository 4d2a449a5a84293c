import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { identityLabels, ownedLabels, ownedMeta } from '../owner.ts'
import { HTTP_PORT } from './operand-pod.ts'
import { operandName } from './service-account.ts'

/** Workers do not say whose they are; an exporter, which looks at many pipelines, calls the label the same. */
const PIPELINE_AS_LABEL = {
  action: 'replace',
  sourceLabels: ['__meta_kubernetes_pod_label_metricspipelines_io_pipeline'],
  targetLabel: 'pipeline',
}

/**
 * Tells Prometheus's operator where a pipeline's workers are. It finds pods through a Service, which nobody else needs, so there is one only
 * where it is watched. The pipeline's own labels are handed on, for a Prometheus selects what it scrapes by labels.
 */
export function workerMonitor({ owner, labels = {} }: DesiredPipeline): readonly KubernetesObject[] {
  const metadata = ownedMeta(owner, operandName(owner.name), 'worker')
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        clusterIP: 'None',
        selector: identityLabels(owner.name, 'worker'),
        ports: [{ name: 'http', port: HTTP_PORT, targetPort: 'http', protocol: 'TCP' }],
      },
    },
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { ...metadata, labels: { ...labels, ...metadata.labels } },
      spec: {
        selector: { matchLabels: ownedLabels(owner.name, 'worker') },
        endpoints: [{ port: 'http', path: '/metrics', relabelings: [PIPELINE_AS_LABEL] }],
      },
    },
  ]
}
