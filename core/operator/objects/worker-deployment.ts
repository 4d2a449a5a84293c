import type { PlannedProcess } from '../../pipeline/plan.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { identityLabels, ownedMeta } from '../owner.ts'
import { HTTP_PORT, operandPod } from './operand-pod.ts'

/** A worker may take 25 s to finish what it holds, and then closes its connections. */
const GRACE_SECONDS = 30

const PROBE = { periodSeconds: 5, timeoutSeconds: 3, successThreshold: 1 } as const

/** Old workers serve until new ones are ready, also when those never are. How many there are is not said here: see `workerScale`. */
export function workerDeployment(pipeline: DesiredPipeline, process: PlannedProcess): KubernetesObject {
  const { owner, spec } = pipeline
  const { resources, podAnnotations } = spec.workers
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: ownedMeta(owner, process.name, process.role),
    spec: {
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 300,
      selector: { matchLabels: identityLabels(owner.name, process.role) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: operandPod(pipeline, process, {
        resources,
        ...(podAnnotations === undefined ? {} : { annotations: podAnnotations }),
        pod: { terminationGracePeriodSeconds: GRACE_SECONDS },
        container: {
          ports: [{ name: 'http', containerPort: HTTP_PORT, protocol: 'TCP' }],
          // Starting takes as long as the database and the streams take to answer; a worker that waits for them is not broken.
          startupProbe: { ...PROBE, httpGet: probe('/livez'), failureThreshold: 24 },
          livenessProbe: { ...PROBE, httpGet: probe('/livez'), failureThreshold: 6 },
          readinessProbe: { ...PROBE, httpGet: probe('/readyz'), failureThreshold: 3, periodSeconds: 2 },
        },
      }),
    },
  }
}

export function probe(path: string): unknown {
  return { path, port: 'http', scheme: 'HTTP' }
}
