import { expect, test } from 'vitest'
import { isInSync, withMark } from '../../../../core/operator/in-sync.ts'
import type { KubernetesObject } from '../../../../core/operator/kubernetes-object.ts'
import { workerDeployment } from '../../../../core/operator/objects/worker-deployment.ts'
import { networkPolicy } from '../../../../core/operator/objects/worker-surroundings.ts'
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
    template: {
      metadata: { annotations?: Record<string, string> }
      spec: { containers: Container[]; topologySpreadConstraints: unknown[] }
    }
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

const OTHER_SPREAD = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' }

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
  ['with another rule for its spread', true, (d) => d.spec.template.spec.topologySpreadConstraints.push(OTHER_SPREAD)],
  ['without a rule for its spread', false, (d) => d.spec.template.spec.topologySpreadConstraints.pop()],
  ['with another image', false, (d) => Object.assign(worker1(d), { image: 'other' })],
  ['with another number of workers, which is the autoscaler’s', true, (d) => Object.assign(d.spec, { replicas: 0 })],
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

test('a port that somebody else opened is seen', () => {
  const policy = withMark(networkPolicy(desired()))
  const opened = structuredClone(policy) as unknown as { spec: { ingress: { ports: unknown[] }[] } }
  expect(isInSync(policy, opened as unknown as KubernetesObject)).toBe(true)
  opened.spec.ingress[0]?.ports.push({ protocol: 'TCP', port: 22 })
  expect(isInSync(policy, opened as unknown as KubernetesObject)).toBe(false)
})

test.each([
  ['no rule for the spread', { topologySpreadConstraints: [] }],
  ['no tolerations', { tolerations: [] }],
  ['a variable without a value', { env: [{ name: 'NODE_OPTIONS', value: '' }] }],
])('%s is left out by the API server, and is in sync', (_name, settings) => {
  const asked = desired({ workers: { ...SPEC.workers, ...settings } })
  const planned = planPipeline('flights', asked.spec).processes.find(({ role }) => role === 'worker')!
  const applied = withMark(workerDeployment(asked, planned))
  expect(isInSync(applied, withoutNothings(applied) as KubernetesObject)).toBe(true)
})

function withoutNothings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothings)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([, field]) => field !== '' && !(Array.isArray(field) && field.length === 0),
  )
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutNothings(field)]))
}
