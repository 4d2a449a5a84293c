import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { encodeEvent } from '../../../adapters/redis/event-producer.ts'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { OperatedCluster } from '../../support/cluster/operated-cluster.ts'
import { PIPELINES } from '../../support/cluster/pipeline-fixture.ts'
import { ShopInCluster } from '../../support/cluster/shop-in-cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { OrderProducer } from '../../support/order-producer.ts'
import type { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { RotatingUser } from '../../support/rotating-user.ts'
import { ORDERS } from '../../support/shop-manifest.ts'
import { order } from '../../support/shop-orders.ts'

// What a fleet is scaled by is out of reach: the number stays, the status says why, and soon after the return it follows the backlog again.

const SCALING = { mode: 'Internal', maxReplicas: 3, targetLatency: '10s', idleAfter: '2s' }
const TEST_MS = 240_000
const LONG = { withinMs: 90_000 }

/** What the exporter tells, and what rests on it. */
const WATCHED: readonly unknown[] = ['MetricsAvailable', 'SourceReachable', 'DatabaseReachable', 'ScalingActive']

/** From the return of what was away. */
const SOON = { withinMs: 15_000 }

let operated: OperatedCluster
let shop: ShopInCluster
let servers: PipelineOnServers
let user: RotatingUser
let producer: OrderProducer
let flow: AsyncDisposable

beforeAll(async () => {
  operated = await OperatedCluster.open()
  shop = await ShopInCluster.open(await operated.namespace(), {}, { workers: { scaling: SCALING } })
  servers = await shop.servers()
  user = await RotatingUser.create(servers, 'secret')
  producer = new OrderProducer(servers)
  await shop.connect(user.urls('secret'))
  await shop.apply()
  await shop.waitFor('Ready')
}, TEST_MS)

afterAll(async () => {
  await shop?.[Symbol.asyncDispose]()
  await operated?.[Symbol.asyncDispose]()
}, TEST_MS)

beforeEach(() => {
  flow = producer.flow()
})

afterEach(async () => {
  await flow[Symbol.asyncDispose]()
})

async function asked(): Promise<number> {
  return (await shop.namespace.get('apps/v1/deployments', `${shop.name}-worker`))['spec'].replicas
}

/** Workers are there, as many as the backlog asks for. */
async function followsBacklog(within: typeof LONG): Promise<number> {
  return await eventually(async () => {
    const { status } = await shop.get()
    expect(await shop.condition('ScalingActive')).toMatchObject({ status: 'True' })
    expect(status.readyReplicas).toBeGreaterThan(0)
    expect(await asked()).toBe(status.readyReplicas)
    return status.readyReplicas
  }, within)
}

const inPostgres = (sql: string) => servers.db.query(sql)
const inRedis = (...words: string[]) => servers.redis.call(...(words as [string]))

interface Outage {
  /** Done again and again while it lasts. */
  readonly keepAway: () => Promise<unknown>
  readonly comeBack: () => Promise<unknown>
}

test.each<[what: string, outage: Outage, why: RegExp]>([
  [
    'Redis',
    {
      keepAway: async () => {
        await inRedis('ACL', 'SETUSER', user.name, 'off')
        await inRedis('CLIENT', 'KILL', 'USER', user.name)
      },
      comeBack: () => inRedis('ACL', 'SETUSER', user.name, 'on'),
    },
    /the source does not answer \(/,
  ],
  [
    'PostgreSQL',
    {
      keepAway: async () => {
        await inPostgres(`alter role ${user.name} nologin`)
        await inPostgres(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${user.name}'`)
      },
      comeBack: () => inPostgres(`alter role ${user.name} login`),
    },
    /the database does not answer \(/,
  ],
  [
    'the exporter',
    {
      keepAway: async () => {
        const pods = await shop.namespace.list('pods', 'app.kubernetes.io/component=exporter')
        await Promise.all(pods.map((pod) => operated.cluster.kill(pod).catch(() => undefined))) // one may have ended
      },
      comeBack: async () => await shop.conditionBecomes('MetricsAvailable', { status: 'True' }),
    },
    /no pod of it is ready|it does not answer/,
  ],
])(
  'while %s is out of reach the number stays, and it is said why',
  { timeout: TEST_MS },
  async (_what, outage, why) => {
    const before = await followsBacklog(LONG)
    try {
      const held = { status: 'False', reason: 'HoldUnknown', message: expect.stringMatching(why) }
      await eventually(async () => {
        await outage.keepAway()
        expect(await shop.condition('ScalingActive')).toMatchObject(held)
      }, LONG)
      const kept = await asked()
      expect(kept, 'more may have been asked for until it was noticed').toBeGreaterThanOrEqual(before)
      for (let look = 0; look < 5; look += 1) {
        await outage.keepAway()
        expect((await shop.get())['status'].autoscaling).toMatchObject({ replicas: kept, reason: 'HoldUnknown' })
        expect(await asked()).toBe(kept)
      }
    } finally {
      await outage.comeBack()
    }
    await eventually(async () => expect(await shop.condition('ScalingActive')).toMatchObject({ status: 'True' }), SOON)
  },
)

test('an exporter that is replaced, for there is another pipeline to watch, is missed by nobody', {
  timeout: TEST_MS,
}, async () => {
  await followsBacklog(LONG)
  const exporters = async () => {
    const pods = await shop.namespace.list('pods', 'app.kubernetes.io/component=exporter')
    return pods.map(({ metadata }) => metadata.name)
  }
  const since = async () =>
    (await shop.get())['status'].conditions
      .filter(({ type }: ApiObject) => WATCHED.includes(type))
      .map(({ type, status, lastTransitionTime }: ApiObject) => [type, status, lastTransitionTime])
  const [former, before] = [await exporters(), await since()]
  const { metadata, spec } = shop.object
  await shop.namespace.create(PIPELINES, {
    ...shop.object,
    metadata: { ...metadata, name: 'others' },
    spec: {
      ...spec,
      database: { ...spec.database, schema: 'others' },
      workers: { ...spec.workers, replicas: 0, scaling: { mode: 'Off' } },
    },
  })
  await eventually(async () => {
    const now = await exporters()
    expect(now).toHaveLength(1)
    expect(now).not.toEqual(former)
    const { status } = await shop.namespace.get(PIPELINES, 'others')
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'MetricsAvailable', status: 'True' }))
  }, LONG)
  expect(await since()).toEqual(before)
})

test('that Redis does not say how much waits keeps nobody from knowing it', { timeout: TEST_MS }, async () => {
  await followsBacklog(LONG)
  const lags: unknown[] = []
  for (let round = 0; round < 20; round += 1) {
    lags.push(await lagOverAGap())
    const { status } = await shop.get()
    expect(status.autoscaling.reason).not.toBe('HoldUnknown')
    expect(status.backlog).toEqual(expect.any(Number))
    await producer.flowsOn(100)
  }
  expect(lags).toContain(null)
  await shop.conditionBecomes('ScalingActive', { status: 'True' })
})

/** Adds two entries, takes the first away before anybody has read it, and tells what the server says of the rest then. */
const WITH_A_GAP = `
  local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV))
  redis.call('XADD', KEYS[1], '*', unpack(ARGV))
  redis.call('XDEL', KEYS[1], id)
  return redis.call('XINFO', 'GROUPS', KEYS[1])[1]`

async function lagOverAGap(): Promise<unknown> {
  const group = (await servers.redis.eval(WITH_A_GAP, 1, ORDERS, ...encodeEvent(order(0)))) as unknown[]
  return group[group.indexOf('lag') + 1]
}

test('and every order counts once', { timeout: TEST_MS }, async () => {
  await flow[Symbol.asyncDispose]()
  await shop.expectExact(producer.published)
})
