import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { installCrd, PIPELINES } from '../../support/cluster/pipeline-fixture.ts'
import { type Changes, pipelineObject } from '../../support/cluster/pipeline-object.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'

// What may become of an object that a cluster has: by its team, by a scaler, by the operator.

const SHARDED = {
  'spec.source.redisStreams.streams': undefined,
  'spec.source.redisStreams.sharded': { prefix: 'flights', shards: 8 },
}

const STAYS = (what: string) => `cannot be changed, for ${what}; make another pipeline and backfill it`

let plane: OwnCluster
let team: TestNamespace

beforeAll(async () => {
  plane = await sharedControlPlane()
  await installCrd(plane)
})

beforeEach(async () => {
  team = await TestNamespace.create(plane)
  return () => team[Symbol.asyncDispose]()
})

/** kubectl in the namespace of the test. */
function run(args: readonly string[], object?: unknown) {
  const input = object === undefined ? {} : { input: JSON.stringify(object) }
  return kubectl(plane, ['--namespace', team.name, ...args], input)
}

const apply = (changes: Changes = {}) => run(['apply', '-f', '-'], pipelineObject(changes))

describe('what cannot change while facts are stored', () => {
  test.each<[string, Changes, Changes, string]>([
    [
      'the schema of the tables',
      {},
      { 'spec.database.schema': 'other' },
      `spec.database.schema: Invalid value: "other": ${STAYS('the tables would stay in the former schema')}`,
    ],
    [
      'the schema, by leaving it to its default',
      {},
      { 'spec.database.schema': undefined },
      `spec.database.schema: Invalid value: "public": ${STAYS('the tables would stay in the former schema')}`,
    ],
    [
      'the number of shards',
      SHARDED,
      { ...SHARDED, 'spec.source.redisStreams.sharded': { prefix: 'flights', shards: 16 } },
      `spec.source.redisStreams.sharded: Invalid value: ${STAYS('entries would stay in the former streams')}`,
    ],
    [
      'the prefix of sharded streams',
      SHARDED,
      { ...SHARDED, 'spec.source.redisStreams.sharded': { prefix: 'planes', shards: 8 } },
      `spec.source.redisStreams.sharded: Invalid value: ${STAYS('entries would stay in the former streams')}`,
    ],
    [
      'sharded streams, to plain ones',
      SHARDED,
      {},
      `spec.source.redisStreams.sharded: Invalid value: ${STAYS('entries would stay in the former streams')}`,
    ],
  ])('%s', async (_what, before, after, refusal) => {
    expect(await apply(before)).toMatchObject({ code: 0, err: '' })
    const { code, err } = await apply(after)
    expect({ code, err }).toEqual({ code: 1, err: `The MetricsPipeline "flights" is invalid: ${refusal}\n` })
  })

  test.each<[string, Changes, Changes]>([
    [
      'plain streams may become others',
      {},
      { 'spec.source.redisStreams.streams': ['flights:departures', 'flights:more'] },
    ],
    ['plain streams may become sharded ones', {}, SHARDED],
    [
      'a definition may become a built-in set',
      {},
      {
        'spec.metrics.definition': undefined,
        'spec.metrics.set': 'TutorPerformance',
        'spec.metrics.signals': { logins: 'Absent' },
      },
    ],
    ['windows may be added', {}, { 'spec.metrics.windows': ['7d', '30d', '90d'] }],
  ])('while %s', async (_what, before, after) => {
    expect(await apply(before)).toMatchObject({ code: 0 })
    expect(await apply(after)).toMatchObject({ code: 0, err: '' })
  })
})

describe('kubectl scale', () => {
  test('sets the number of workers, and none is one', async () => {
    await apply()
    expect(await run(['scale', 'mp/flights', '--replicas=3'])).toMatchObject({ code: 0, err: '' })
    expect((await team.get(PIPELINES, 'flights'))['spec'].workers.replicas).toBe(3)
    expect(await run(['scale', 'mp/flights', '--current-replicas=3', '--replicas=0'])).toMatchObject({ code: 0 })
    expect((await team.get(PIPELINES, 'flights'))['spec'].workers.replicas).toBe(0)
  })

  test('does not ask for more than the database may bear', async () => {
    await apply({ 'spec.workers.scaling': { mode: 'External' } })
    const { code, err } = await run(['scale', 'mp/flights', '--replicas=30'])
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('spec.database.maxConnections: Invalid value: is too few'),
    })
  })

  test('the HorizontalPodAutoscaler of the examples is one', async () => {
    const args = ['apply', '--dry-run=server', '--validate=strict', '-f', 'examples/autoscaling/hpa.yaml']
    expect(await run(args)).toMatchObject({ code: 0, err: '' })
  })

  test('an autoscaler finds the pods by their labels', async () => {
    await apply()
    const path = team.path(PIPELINES, 'flights')
    await plane.api.patch(`${path}/status`, { status: { replicas: 2, selector: 'app.kubernetes.io/instance=flights' } })
    expect(await plane.api.get(`${path}/scale`)).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { replicas: 2, selector: 'app.kubernetes.io/instance=flights' },
    })
  })
})

describe('the status', () => {
  const AT = '2026-03-01T02:00:00Z'

  function condition(type: string, status: 'True' | 'False' | 'Unknown', reason: string) {
    return { type, status, reason, message: 'as it is', observedGeneration: 1, lastTransitionTime: AT }
  }

  const STATUS = {
    observedGeneration: 1,
    conditions: [condition('Ready', 'False', 'Starting')],
    workers: '2/3',
    autoscaling: { mode: 'Internal', replicas: 3, reason: 'Steady', message: 'as it is', decidedAt: AT },
    backlog: 12,
    oldestEventAge: '4s',
    composite: { value: '76.00', asOf: AT, holder: 'worker-1', sampleSize: 10 },
  }

  const write = (status: unknown) => plane.api.patch(`${team.path(PIPELINES, 'flights')}/status`, { status })

  test('shows in columns', async () => {
    await apply()
    await write(STATUS)
    const [head, row] = (await run(['get', 'mp', '-o', 'wide'])).out.trimEnd().split('\n')
    const columns = ['NAME', 'READY', 'REASON', 'WORKERS', 'SCALING', 'BACKLOG', 'OLDEST', 'COMPOSITE', 'SCORED', 'AGE']
    expect(head?.split(/ {2,}/)).toEqual(columns)
    expect(row?.split(/ {2,}/)).toEqual([
      'flights',
      'False',
      'Starting',
      '2/3',
      'Steady',
      '12',
      '4s',
      '76.00',
      expect.any(String),
      expect.stringMatching(/^\d+s$/),
    ])
    expect((await run(['get', 'mp'])).out).not.toContain('Starting')
  })

  test('can be waited for', async () => {
    await apply()
    const ready = run(['wait', '--for=condition=Ready', '--timeout=30s', 'mp/flights'])
    await write({ ...STATUS, conditions: [condition('Ready', 'True', 'Available')] })
    expect(await ready).toMatchObject({ code: 0, out: 'metricspipeline.metricspipelines.io/flights condition met\n' })
  })

  test('is no business of whoever writes the spec, and the other way round', async () => {
    await apply()
    await write({ ...STATUS })
    const stored = await plane.api.patch(team.path(PIPELINES, 'flights'), { status: { backlog: 0 } })
    expect(stored['status']).toMatchObject({ backlog: 12 })
    const told = await plane.api.patch(`${team.path(PIPELINES, 'flights')}/status`, { spec: { suspend: true } })
    expect(told['spec'].suspend).toBe(false)
    expect(told['metadata'].generation).toBe(1)
  })

  test('takes conditions that a later operator has, and no two of one type', async () => {
    await apply()
    await write({ ...STATUS, conditions: [condition('NeverHeardOf', 'True', 'Later')] })
    const twice = [condition('Ready', 'True', 'Available'), condition('Ready', 'False', 'Starting')]
    await expect(write({ ...STATUS, conditions: twice })).rejects.toThrow(
      'status.conditions[1]: Duplicate value: {"type":"Ready"}',
    )
  })

  test.each([
    ['a condition that is neither true, false nor unknown', { status: 'Maybe' }, 'Unsupported value: "Maybe"'],
    ['a reason of several words', { reason: 'it starts' }, 'should match'],
  ])('takes no %s', async (_what, change, refusal) => {
    await apply()
    const conditions = [{ ...condition('Ready', 'True', 'Available'), ...change }]
    await expect(write({ ...STATUS, conditions })).rejects.toThrow(refusal)
  })
})
