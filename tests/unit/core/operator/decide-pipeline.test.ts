import { describe, expect, test } from 'vitest'
import { isInSync } from '../../../../core/operator/in-sync.ts'
import { type KubernetesObject, objectKey } from '../../../../core/operator/kubernetes-object.ts'
import type { PipelineSpec } from '../../../../core/pipeline/spec.ts'
import { condition, desired, jobPod, NOW, SPEC, signals, World, workerPod } from './world.ts'

const kinds = (objects: readonly { kind: string; metadata: { name: string } }[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-(?=[a-z]*\d)[a-z0-9]{8,}$/, '-#')}`)

describe('a new pipeline', () => {
  test('is prepared and migrated before anything of it runs', () => {
    expect(kinds(new World().step().apply)).toEqual([
      'ServiceAccount flights-worker',
      'ConfigMap flights-#',
      'NetworkPolicy flights-worker',
      'Job flights-migrate-#',
    ])
  })

  test('runs once its migration is done', () => {
    const world = new World()
    world.step()
    for (const job of world.ofKind('Job')) world.finishJob(job.metadata.name)
    expect(kinds(world.step().apply)).toEqual([
      'ServiceAccount flights-worker',
      'ConfigMap flights-#',
      'NetworkPolicy flights-worker',
      'Job flights-migrate-#',
      'ControllerRevision flights-#',
      'Deployment flights-worker',
      'CronJob flights-aggregation',
      'CronJob flights-day-roll',
      'PodDisruptionBudget flights-worker',
    ])
  })

  test('is ready when its workers are', () => {
    const world = new World()
    world.step()
    for (const job of world.ofKind('Job')) world.finishJob(job.metadata.name)
    world.step()
    expect(condition(world.step(), 'Ready')).toMatchObject({ status: 'False', reason: 'Starting' })
    world.rollOut()
    expect(condition(world.step(), 'Ready')).toMatchObject({ status: 'True', reason: 'Available' })
  })

  test('runs at once where the team migrates by hand', () => {
    const world = new World()
    world.asked = desired({ database: { ...SPEC.database, migrate: false } })
    expect(kinds(world.step().apply)).toContain('Deployment flights-worker')
    expect(world.ofKind('Job')).toEqual([])
  })
})

describe('a pipeline at rest', () => {
  test('is asked for in the same words again and again', () => {
    const world = new World()
    world.settle()
    const { apply, remove } = world.step()
    expect(apply.filter((object) => !isInSync(object, world.the(object.kind, object.metadata.name)))).toEqual([])
    expect(remove).toEqual([])
  })

  test('scaling changes the number of workers and nothing else', () => {
    const world = new World()
    world.settle()
    const before = new Map(world.objects)
    world.asked = desired({ workers: { ...SPEC.workers, replicas: 3 } })
    const { apply, scale } = world.step()
    const isChanged = (object: KubernetesObject) => !isInSync(object, before.get(objectKey(object))!)
    expect(apply.filter(isChanged)).toEqual([])
    expect(isChanged(scale!)).toBe(true)
    expect(world.the('Deployment', 'flights-worker')['spec']).toMatchObject({ replicas: 3 })
  })

  test('more workers that are wanted and not there yet are missed at once', () => {
    const world = new World()
    world.settle()
    world.asked = desired({ workers: { ...SPEC.workers, replicas: 3 } })
    const decision = world.step()
    expect(condition(decision, 'Ready')).toMatchObject({ status: 'False', reason: 'Starting' })
    expect(decision.status.workers).toBe('1/3')
  })

  test('a newer operator restarts nothing and says that it has a newer image', () => {
    const world = new World()
    world.settle()
    world.operator = { ...world.operator, version: '2.0.0', image: 'example/metrics:2' }
    const decision = world.step()
    expect(decision.apply.every((object) => isInSync(object, world.the(object.kind, object.metadata.name)))).toBe(true)
    expect(condition(decision, 'UpgradeAvailable')).toMatchObject({ status: 'True', reason: 'NewerOperator' })
  })
})

describe('the score of a pipeline', () => {
  const COMPOSITE: PipelineSpec['composite'] = {
    strategy: 'Hybrid',
    minInterval: '10s',
    maxStale: '30s',
    eventThreshold: 100,
    historyLimit: 10,
  }

  test('is calculated by workers that find in a file of their own when', () => {
    const world = new World()
    world.asked = desired({ composite: COMPOSITE })
    world.settle()
    expect(world.the('ConfigMap', 'flights-composite')['data']).toEqual({
      'composite.json': JSON.stringify({
        settings: { strategy: 'Hybrid', minIntervalMs: 10_000, maxStaleMs: 30_000, eventThreshold: 100 },
        weights: {},
        historyLimit: 10,
      }),
    })
    expect(JSON.stringify(world.the('Deployment', 'flights-worker'))).toContain('"name":"flights-composite"')
    expect(JSON.stringify(world.the('CronJob', 'flights-aggregation'))).not.toContain('flights-composite')
  })

  test('may be calculated at another rate, and with other weights, while the workers run', () => {
    const world = new World()
    world.asked = desired({ composite: COMPOSITE })
    world.settle()
    const before = new Map(world.objects)
    world.asked = desired({ composite: { ...COMPOSITE, minInterval: '5s', weights: { onTime: 3 } } })
    const { apply, remove } = world.step()
    const changed = apply.filter((object) => {
      const known = before.get(objectKey(object))
      return known !== undefined && !isInSync(object, known)
    })
    expect(kinds(changed)).toEqual(['ConfigMap flights-composite'])
    expect(kinds(remove)).toEqual([])
    expect(JSON.stringify(world.the('ConfigMap', 'flights-composite'))).toContain('onTime')
  })

  test('is told as it stands, that of everything first, while it is wanted', () => {
    const world = new World()
    const score = { value: '76.00', sampleSize: 10, asOf: NOW, ageMs: 1_000, holder: 'flights-worker-0' }
    const composites = [
      { ...score, scope: 'pipeline' },
      { ...score, scope: 'region=North', value: null, sampleSize: 0 },
    ]
    world.signals = signals({}, { composites })
    world.asked = desired({ composite: COMPOSITE })
    const decision = world.settle()
    expect(decision.status.composite).toEqual({
      value: '76.00',
      asOf: NOW,
      sampleSize: 10,
      holder: 'flights-worker-0',
      scopes: [{ scope: 'region=North', asOf: NOW, sampleSize: 0 }],
    })
    expect(condition(decision, 'CompositeFresh')).toMatchObject({ status: 'True', reason: 'Fresh' })
    world.asked = desired()
    expect(world.settle().status).not.toHaveProperty('composite')
    expect(condition(world.step(), 'CompositeFresh')).toBeUndefined()
  })

  const later = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1_000).toISOString()
  const readyWorker = (since: string) =>
    workerPod('flights-worker-a', { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }] })

  test.each<[string, (world: World) => void]>([
    ['a worker has only just become ready', (world) => (world.pods = [readyWorker(later(3_590))])],
    ['no worker is ready', (world) => (world.pods = [workerPod('flights-worker-a', { conditions: [] })])],
    [
      'workers of the plan before are still among them',
      (world) => world.deploymentStatus({ replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 }),
    ],
  ])('is not missed yet while %s, for however long nothing was known of it', (_sentence, happens) => {
    const world = new World()
    world.asked = desired({ composite: COMPOSITE })
    world.signals = undefined
    world.pods = [readyWorker(NOW)]
    world.settle()
    world.signals = signals({}, { composites: [] })
    happens(world)
    for (const seconds of [3_600, 3_601])
      expect(condition(world.step(later(seconds)), 'CompositeFresh')).toMatchObject({ reason: 'NotYetCalculated' })
  })

  test('that nobody calculates is told of once it has been awaited for too long, until there is one', () => {
    const world = new World()
    world.asked = desired({ composite: COMPOSITE })
    world.signals = signals({}, { composites: [] })
    world.pods = [readyWorker(NOW)]
    world.settle()
    const fresh = (seconds: number) => condition(world.step(later(seconds)), 'CompositeFresh')
    expect(fresh(29)).toMatchObject({ status: 'Unknown', reason: 'NotYetCalculated' })
    expect(fresh(31)).toMatchObject({ status: 'False', reason: 'NeverCalculated' })
    expect(fresh(32)).toMatchObject({ status: 'False', reason: 'NeverCalculated' })
    const score = { value: '76.00', sampleSize: 10, asOf: NOW, ageMs: 1_000, holder: 'flights-worker-0' }
    world.signals = signals({}, { composites: [{ ...score, scope: 'pipeline' }] })
    expect(fresh(33)).toMatchObject({ status: 'True', reason: 'Fresh' })
  })

  test('is no reason to touch the pods of a pipeline without one', () => {
    const world = new World()
    world.settle()
    expect(kinds(world.ofKind('ConfigMap'))).toEqual(['ConfigMap flights-#'])
    expect(JSON.stringify(world.the('Deployment', 'flights-worker'))).not.toContain('composite')
  })
})

describe('monitoring', () => {
  test('is asked for where the cluster knows how, with the labels that a Prometheus selects by', () => {
    const world = new World()
    world.hasServiceMonitors = true
    world.asked = { ...desired(), labels: { release: 'prometheus' } }
    world.settle()
    const monitor = world.the('ServiceMonitor', 'flights-worker')
    expect(monitor.metadata.labels).toMatchObject({ release: 'prometheus' })
    expect(monitor['spec']).toMatchObject({ endpoints: [{ relabelings: [{ targetLabel: 'pipeline' }] }] })
    expect(world.the('Service', 'flights-worker')['spec']).toMatchObject({ clusterIP: 'None' })
  })

  test('goes when it is not wanted any more', () => {
    const world = new World()
    world.hasServiceMonitors = true
    world.settle()
    world.asked = desired({ telemetry: { ...SPEC.telemetry, serviceMonitor: false } })
    world.settle()
    expect([...world.ofKind('ServiceMonitor'), ...world.ofKind('Service')]).toEqual([])
  })

  test('is not tried where the kind is unknown', () => {
    const world = new World()
    world.settle()
    expect(world.ofKind('ServiceMonitor')).toEqual([])
  })
})

describe('a changed pipeline', () => {
  test('stays with the plan in force until the new one is migrated, and is repaired to it', () => {
    const world = new World()
    world.settle()
    const before = template(world.the('Deployment', 'flights-worker'))
    world.asked = desired({}, 'example/metrics:2')
    const decision = world.step()
    expect(template(decision.apply.find(({ kind }) => kind === 'Deployment'))).toEqual(before)
    expect(condition(decision, 'MigrationsApplied')).toMatchObject({ status: 'False', reason: 'Migrating' })
    const [job] = world.ofKind('Job').slice(-1)
    world.finishJob(job!.metadata.name)
    world.step()
    expect(JSON.stringify(template(world.the('Deployment', 'flights-worker')))).toContain('example/metrics:2')
  })

  test('that goes back to an earlier plan is migrated again', () => {
    const world = new World()
    world.settle()
    world.asked = desired({}, 'example/metrics:2')
    world.settle()
    world.asked = desired({}, 'example/metrics:1')
    world.step()
    expect(world.ofKind('Job')).toHaveLength(3)
    expect(JSON.stringify(template(world.the('Deployment', 'flights-worker')))).toContain('example/metrics:2')
  })

  test('that is not valid keeps the last valid plan running, and says what is wrong', () => {
    const world = new World()
    world.settle()
    world.asked = { problems: ['spec.metrics.windows[0]: must be days'] }
    const decision = world.step()
    expect(kinds(decision.apply)).toContain('Deployment flights-worker')
    expect(decision.remove).toEqual([])
    expect(condition(decision, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'InvalidSpec',
      message: 'spec.metrics.windows[0]: must be days. The last valid plan stays in force',
    })
    expect(condition(decision, 'MigrationsApplied')).toMatchObject({ status: 'True' })
  })

  test('keeps every pipeline file while a rollout goes on: a pod of the plan before may have to be made anew', () => {
    const world = new World()
    world.settle()
    const [file] = world.ofKind('ConfigMap')
    world.asked = desired({ telemetry: { ...SPEC.telemetry, logLevel: 'debug' } })
    world.settle()
    for (const job of world.ofKind('Job')) world.objects.delete(`Job/${job.metadata.name}`)
    world.objects.set(`ConfigMap/${file!.metadata.name}`, file!)
    world.deploymentStatus({ replicas: 2, updatedReplicas: 1, readyReplicas: 0, availableReplicas: 0 })
    expect(world.step().remove).toEqual([])
  })

  test('keeps a pipeline file while a pod still reads it', () => {
    const world = new World()
    world.settle()
    const [file] = world.ofKind('ConfigMap')
    world.asked = desired({ telemetry: { ...SPEC.telemetry, logLevel: 'debug' } })
    world.pods = [
      { ...workerPod('flights-worker-old', {}), spec: { volumes: [{ configMap: { name: file!.metadata.name } }] } },
    ]
    world.settle()
    expect(world.ofKind('ConfigMap')).toHaveLength(2)
    world.pods = []
    for (const job of world.ofKind('Job')) world.objects.delete(`Job/${job.metadata.name}`)
    world.step()
    expect(world.ofKind('ConfigMap').map(({ metadata }) => metadata.name)).not.toContain(file!.metadata.name)
  })
})

describe('a migration that nobody asks for any more', () => {
  test('goes before another begins: were it to end last, its plan would be the newest in the database', () => {
    const world = new World()
    world.step()
    const [first] = world.ofKind('Job')
    world.pods = [jobPod('flights-migrate-old', first!, { phase: 'Running' })]
    world.asked = desired({}, 'example/metrics:2')
    const decision = world.step()
    expect(decision.remove).toContainEqual(expect.objectContaining({ metadata: first!.metadata }))
    expect(kinds(decision.apply)).not.toContain('Job flights-migrate-#')
    expect(kinds(world.step().apply)).not.toContain('Job flights-migrate-#') // its pod is at work still
    const pod = jobPod('flights-migrate-old', first!, { phase: 'Pending' })
    world.pods = [{ ...pod, metadata: { ...pod.metadata, deletionTimestamp: NOW } }] // it never came to a node
    expect(kinds(world.step().apply)).toContain('Job flights-migrate-#')
  })

  test('goes too when the plan in force is asked for again', () => {
    const world = new World()
    world.settle()
    world.asked = desired({}, 'example/metrics:2')
    world.step()
    world.asked = desired()
    expect(kinds(world.step().remove)).toEqual(['Job flights-migrate-#'])
  })

  test('stays while its retries go on and it is still asked for', () => {
    const world = new World()
    world.step()
    const [job] = world.ofKind('Job')
    world.pods = [jobPod('a', job!, { phase: 'Failed' }), jobPod('b', job!, { phase: 'Running' })]
    const decision = world.step()
    expect(kinds(decision.apply)).toContain('Job flights-migrate-#')
    expect(decision.remove).toEqual([])
  })
})

describe('trouble', () => {
  test('pods that Kubernetes does not let be made are told of', () => {
    const world = new World()
    world.settle()
    const message = 'pods "flights-worker-x" is forbidden: exceeded quota'
    world.deploymentStatus({ conditions: [{ type: 'ReplicaFailure', status: 'True', message }] })
    expect(condition(world.step(), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'FailedCreate',
      message: `0 of 1 workers serve; FailedCreate: ${message}`,
    })
  })

  test('a message never outgrows what a condition may hold, nor ends in half a character', () => {
    const world = new World()
    world.asked = { problems: [`spec.${'🚀'.repeat(20_000)}`] }
    const message = condition(world.step(), 'Ready')!.message
    expect(message.length).toBeLessThanOrEqual(32_768)
    expect(message.isWellFormed()).toBe(true)
  })

  test('a migration that failed is tried again after half a minute', () => {
    const world = new World()
    world.step()
    const [job] = world.ofKind('Job')
    world.failJob(job!.metadata.name, '2026-03-01T12:00:00Z')
    const failed = world.step('2026-03-01T12:00:10.000Z')
    expect(condition(failed, 'Ready')).toMatchObject({ status: 'False', reason: 'MigrationFailed' })
    expect(failed.againMs).toBe(20_000)
    expect(kinds(world.step('2026-03-01T12:00:30.000Z').remove)).toEqual(['Job flights-migrate-#'])
  })

  test('a rollout that gets stuck leaves earlier workers, and is told in the words of the new pod', () => {
    const world = new World()
    world.settle()
    world.deploymentStatus({ replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 })
    world.pods = [
      workerPod('flights-worker-new', {
        containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }],
      }),
    ]
    const decision = world.step()
    expect(condition(decision, 'WorkersAvailable')).toMatchObject({ status: 'True' })
    expect(condition(decision, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'RolloutStuck',
      message: expect.stringContaining('pod flights-worker-new: ImagePullBackOff: no such image'),
    })
  })

  test.each([
    ['an exporter that is silent leaves everything it would know unknown', undefined, 'ExporterSilent'],
    [
      'a database out of its reach is unknown, not bad',
      { ...signals(), database: { unreachable: 'connection refused' } },
      'Unreachable',
    ],
  ])('%s', (_name, seen, reason) => {
    const world = new World()
    world.settle()
    world.signals = seen
    const decision = world.step()
    expect(condition(decision, 'Ready')).toMatchObject({ status: 'True' })
    for (const type of ['DatabaseReachable', 'StreamsIntact', 'AggregationHealthy', 'Parity'] as const) {
      expect(condition(decision, type)).toMatchObject({ status: 'Unknown', reason })
    }
  })

  test('a backlog that nobody knows is left out, never zero', () => {
    const world = new World()
    world.settle()
    world.signals = signals({ backlog: null })
    expect(world.step().status).not.toHaveProperty('backlog')
  })
})

const UNTOLD = { startedAt: '2026-01-01T00:00:00Z', busyMs: null, entriesDone: null }

describe('suspension', () => {
  test('ends the workers and the schedules, and is drained once nobody holds anything', () => {
    const world = new World()
    world.settle()
    world.asked = desired({ suspend: true })
    world.pods = [workerPod('flights-worker-a', {})]
    expect(condition(world.step(), 'Drained')).toMatchObject({ status: 'False', reason: 'Draining' })
    expect(world.the('Deployment', 'flights-worker')['spec']).toMatchObject({ replicas: 0 })
    expect(world.the('CronJob', 'flights-aggregation')['spec']).toMatchObject({ suspend: true })

    world.pods = []
    world.signals = signals({ backlog: 7 }, { members: [{ name: 'flights-worker-a', lastBeatAgeMs: 10, ...UNTOLD }] })
    expect(condition(world.step(), 'Drained')).toMatchObject({ status: 'False' })
    world.signals = signals(
      { backlog: 7 },
      { members: [{ name: 'killed-long-ago', lastBeatAgeMs: 60_000, ...UNTOLD }] },
    )
    expect(condition(world.step(), 'Drained')).toMatchObject({
      status: 'True',
      message: 'no worker is left, 7 entries wait, nothing is in flight',
    })
    expect(condition(world.step(), 'Ready')).toMatchObject({ status: 'False', reason: 'Suspended' })
  })
})

test('the time of a condition moves with its status only', () => {
  const world = new World()
  world.settle()
  world.signals = signals({}, { lastAggregation: null })
  const before = condition(world.step('2026-03-01T13:00:00.000Z'), 'SourceReachable')
  world.signals = signals({ streams: [] })
  const after = condition(world.step('2026-03-01T14:00:00.000Z'), 'SourceReachable')
  expect(after?.message).not.toBe(before?.message)
  expect(after?.lastTransitionTime).toBe(before?.lastTransitionTime)
  world.signals = undefined
  expect(condition(world.step('2026-03-01T15:00:00.000Z'), 'SourceReachable')?.lastTransitionTime).toBe(
    '2026-03-01T15:00:00Z',
  )
})

function template(deployment: unknown): unknown {
  return (deployment as { spec: { template: unknown } }).spec.template
}
