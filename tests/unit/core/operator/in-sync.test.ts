import { expect, test } from 'vitest'
import { isInSync, withMark } from '../../../../core/operator/in-sync.ts'
import type { KubernetesObject } from '../../../../core/operator/kubernetes-object.ts'
import { workerDeployment } from '../../../../core/operator/objects/worker-deployment.ts'
import { planPipeline } from '../../../../core/pipeline/plan.ts'
import { desired, SPEC } from './world.ts'

const worker = planPipeline('flights', SPEC).processes.find(({ role }) => role === 'worker')!
const wanted = withMark(workerDeployment(desired(), worker))

/** A Deployment of ours to be changed at will; only the fields that the table changes are named. */
interface Changeable {
  metadata: { labels: Record<string, string>; annotations: Record<string, string>; ownerReferences: unknown[] }
  spec: {
    replicas: number
    paused?: boolean
    template: { metadata: { annotations?: Record<string, string> }; spec: { containers: Container[] } }
  }
}

interface Container {
  name: string
  image: string
  env?: unknown[]
  livenessProbe?: unknown
  resources?: { requests: { cpu: string }; limits: { memory: string } }
}

function observed(change: (deployment: Changeable) => void): KubernetesObject {
  const copy = structuredClone(wanted)
  change(copy as unknown as Changeable)
  return copy
}

const worker1 = ({ spec }: Changeable): Container => spec.template.spec.containers[0]!

test.each<[string, boolean, (deployment: Changeable) => void]>([
  ['as it was applied', true, () => undefined],
  ['with what the API server fills in', true, (d) => Object.assign(d.spec, { paused: false })],
  ['with an annotation of a mesh', true, (d) => Object.assign(d.metadata.annotations, { 'mesh/injected': 'yes' })],
  [
    'with a restart asked for by kubectl',
    true,
    (d) => Object.assign(d.spec.template.metadata, { annotations: { restartedAt: 'now' } }),
  ],
  ['with a sidecar', true, (d) => d.spec.template.spec.containers.push({ name: 'proxy', image: 'mesh' })],
  ['with a quantity in other words', true, (d) => Object.assign(worker1(d).resources!.requests, { cpu: '0.1' })],
  ['with a label of a team', true, (d) => Object.assign(d.metadata.labels, { team: 'blue' })],
  ['with another image', false, (d) => Object.assign(worker1(d), { image: 'other' })],
  ['with fewer replicas', false, (d) => Object.assign(d.spec, { replicas: 0 })],
  ['with a variable less', false, (d) => worker1(d).env?.pop()],
  ['with a probe less', false, (d) => Object.assign(worker1(d), { livenessProbe: undefined })],
  ['with other limits', false, (d) => Object.assign(worker1(d).resources!.limits, { memory: '1Gi' })],
  [
    'with a label of ours changed',
    false,
    (d) => Object.assign(d.metadata.labels, { 'app.kubernetes.io/managed-by': 'me' }),
  ],
  ['without an owner', false, (d) => Object.assign(d.metadata, { ownerReferences: [] })],
  [
    'with the mark of another plan',
    false,
    (d) => Object.assign(d.metadata.annotations, { 'metricspipelines.io/applied': 'x' }),
  ],
])('a Deployment %s is in sync: %s', (_name, expected, change) => {
  expect(isInSync(wanted, observed(change))).toBe(expected)
})
