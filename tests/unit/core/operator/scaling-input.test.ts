import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import { scalingInput } from '../../../../core/operator/scaling-input.ts'
import { desired, SPEC, signals, World, workerPod } from './world.ts'

const scaling = { ...SPEC.workers.scaling, mode: 'Internal' } as const
const PLAN = desired({ workers: { ...SPEC.workers, scaling } })

function inputOf(world: World, plan = PLAN) {
  const owned = [...world.objects.values()]
  const seen = { owned, pods: world.pods, signals: world.signals, exporterTrouble: world.exporterTrouble }
  return scalingInput(plan, seen, EMPTY_MEMORY, 1_000)
}

function settled(): World {
  const world = new World()
  world.asked = PLAN
  world.settle()
  return world
}

const CRASHING = {
  containerStatuses: [{ ready: false, state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } } }],
}

describe('a decision is told of the fleet', () => {
  test('as it is at rest', () => {
    expect(inputOf(settled()).fleet).toEqual({
      replicas: 1,
      ready: 1,
      isRollingOut: false,
      isSuspended: false,
      failing: undefined,
      scaledBy: undefined,
    })
  })

  test('that it rolls out while workers of an earlier plan are there', () => {
    const world = settled()
    world.deploymentStatus({ replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 })
    expect(inputOf(world).fleet).toMatchObject({ isRollingOut: true })
  })

  test('that workers start, which is no rollout', () => {
    const world = settled()
    world.deploymentStatus({ replicas: 3, updatedReplicas: 3, readyReplicas: 1, availableReplicas: 1 })
    expect(inputOf(world).fleet).toMatchObject({ isRollingOut: false, ready: 1 })
  })

  test('that the database is migrated', () => {
    const world = settled()
    world.asked = desired({ workers: PLAN.spec.workers, metrics: { ...SPEC.metrics, windows: ['7d', '90d'] } })
    world.step()
    expect(inputOf(world).fleet).toMatchObject({ isRollingOut: true })
  })

  test('why workers do not become ready, in the word of a pod', () => {
    const world = settled()
    world.pods = [workerPod('flights-worker-a', CRASHING)]
    world.rollOut(0)
    expect(inputOf(world).fleet).toMatchObject({ failing: 'CrashLoopBackOff', ready: 0 })
  })

  test('of no trouble of a pod while all are ready', () => {
    const world = settled()
    world.pods = [workerPod('flights-worker-a', CRASHING)]
    expect(inputOf(world).fleet).toMatchObject({ failing: undefined })
  })

  test('who else wrote how many there are to be', () => {
    const world = settled()
    const deployment = world.the('Deployment', 'flights-worker')
    const scaledBy = ['metrics-pipeline-operator', 'metrics-pipeline-autoscaler', 'kube-controller-manager']
    world.objects.set('Deployment/flights-worker', { ...deployment, metadata: { ...deployment.metadata, scaledBy } })
    expect(inputOf(world).fleet).toMatchObject({ scaledBy: 'kube-controller-manager' })
  })

  test('that it is suspended', () => {
    expect(inputOf(settled(), { ...PLAN, spec: { ...PLAN.spec, suspend: true } }).fleet.isSuspended).toBe(true)
  })
})

test.each([
  [
    'of the source’s shards',
    { source: { redisStreams: { sharded: { prefix: 'flights', shards: 4 } } } },
    { shards: 4 },
  ],
  ['of none where streams are shared', {}, { shards: undefined }],
  ['of what the connections reach for', { database: { ...SPEC.database, maxConnections: 20 } }, { connections: 7 }],
])('a decision is told of ceilings: %s', (_what, change, expected) => {
  const plan = { ...PLAN, spec: { ...PLAN.spec, ...change } } as typeof PLAN
  expect(inputOf(settled(), plan).ceilings).toMatchObject(expected)
})

test('a decision is told what is seen, and why nothing is', () => {
  const world = settled()
  expect(inputOf(world)).toMatchObject({ signals: signals(), trouble: undefined })
  world.signals = undefined
  world.exporterTrouble = 'it does not answer'
  expect(inputOf(world)).toMatchObject({ signals: undefined, trouble: 'it does not answer' })
})

test('a decision rests on nothing that is seen of streams which only an earlier plan read', () => {
  const redisStreams = { ...SPEC.source.redisStreams, streams: ['flights:arrivals'] }
  const plan = desired({ workers: PLAN.spec.workers, source: { redisStreams } })
  expect(inputOf(settled(), plan)).toMatchObject({
    signals: undefined,
    trouble: 'the exporter watches the streams of an earlier plan yet',
  })
  const world = settled()
  world.signals = { ...signals(), source: { unreachable: 'refused' } }
  expect(inputOf(world, plan).signals).toEqual(world.signals)
})
