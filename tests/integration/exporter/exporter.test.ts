import { expect, test } from 'vitest'
import { encodeEvent } from '../../../adapters/redis/event-producer.ts'
import type { SignalsSince } from '../../../core/signals/signals-since.ts'
import { eventually } from '../../support/eventually.ts'
import { ExporterProcess } from '../../support/exporter-process.ts'
import { OwnServer } from '../../support/own-server.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { MIXED, ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { order, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { WorkerClock } from '../../support/worker-clock.ts'

const GROUP = 'shops'

test('what waits in the streams and what the database knows, as JSON and as metrics', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const worker = await shops.startWorker()
  await shops.publish([...orders(0, 100), { stream: MIXED, type: 'unheard-of', data: {} }])
  await shops.caughtUp()
  await worker.stop()
  for (const each of orders(100, 107)) await shops.redis.xadd(ORDERS, '*', ...encodeEvent(each))
  await shops.redis.xreadgroup('GROUP', GROUP, 'somebody', 'COUNT', 3, 'STREAMS', ORDERS, '>')
  await using exporter = await ExporterProcess.start()
  await exporter.add(shops)

  await exporter.sees('shops', {
    source: {
      backlog: 7,
      pending: 3,
      oldestEventAgeMs: expect.any(Number),
      isDrained: false,
      streams: [
        { stream: ORDERS, backlog: 7, pending: 3, length: 107, entriesAdded: 107, state: 'ok' },
        { stream: MIXED, backlog: 0, pending: 0, length: 1, entriesAdded: 1, state: 'ok' },
      ],
    },
    database: { migrated: true, revision: 1, entities: 20, marks: 0, deadLetters: { 'unknown-event-type': 1 } },
  })
  await eventually(async () => expect(await exporter.get('/readyz')).toMatchObject({ status: 200 }))
  expect(await exporter.get('/livez')).toMatchObject({ status: 200 })
  expect(await exporter.get('/nothing')).toEqual({
    status: 404,
    text: 'try /signals, /signals/<pipeline>, /livez, /readyz or /metrics\n',
  })
  const samples = await exporter.samples()
  for (const [name, value] of Object.entries({
    'mp_pipeline_backlog_entries{pipeline="shops"}': 7,
    'mp_pipeline_pending_entries{pipeline="shops"}': 3,
    'mp_pipeline_stream_entries{pipeline="shops"}': 108,
    'mp_pipeline_marks{pipeline="shops"}': 0,
    'mp_pipeline_oldest_mark_age_seconds{pipeline="shops"}': 0,
    'mp_pipeline_dead_letters{pipeline="shops",reason="unknown-event-type"}': 1,
    'mp_pipeline_workers{pipeline="shops"}': 0,
    'mp_pipeline_shards_without_owner{pipeline="shops"}': 0,
    'mp_exporter_reachable{part="database",pipeline="shops"}': 1,
    'mp_exporter_reachable{part="source",pipeline="shops"}': 1,
    'mp_exporter_failed_looks_total{part="source",pipeline="shops",reason="unreachable"}': 0,
  }))
    expect(samples.get(name), name).toBe(value)
  expect(samples.get('mp_pipeline_oldest_entry_age_seconds{pipeline="shops"}')).toBeGreaterThan(0)
  expect([...samples.keys()].filter((name) => name.includes('last_aggregation'))).toEqual([])
  expect(await exporter.stop()).toBe(0)
})

test('a pipeline without tables, streams or group is seen for what it is', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.db.query('drop schema public cascade')
  await shops.redis.xadd(ORDERS, '*', ...encodeEvent(order(0)))
  await using exporter = await ExporterProcess.start()
  await exporter.add(shops)
  await exporter.sees('shops', {
    source: {
      backlog: 1,
      streams: [
        { stream: ORDERS, backlog: 1, state: 'no-group' },
        { stream: MIXED, backlog: 0, state: 'missing' },
      ],
    },
    database: { migrated: false, revision: null },
  })
  expect([...(await exporter.samples()).keys()].filter((name) => name.startsWith('mp_pipeline_marks'))).toEqual([])
})

test('pipelines come, change and go while it runs', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using exporter = await ExporterProcess.start()
  expect(await exporter.signals()).toEqual({})
  await exporter.add(shops)
  await exporter.seen('shops')

  const { pipeline } = shops.pipeline
  await exporter.pipelines.change({ 'broken.yaml': 'spec: {}', 'shops.yaml': JSON.stringify(pipeline) })
  const invalid = { unreachable: expect.stringMatching(/^the pipeline is invalid: broken\.yaml:1: \S/) }
  await exporter.sees('broken', { source: invalid, database: invalid })
  expect((await exporter.samples()).get('mp_exporter_reachable{part="source",pipeline="broken"}')).toBe(0)
  await exporter.sees('shops', { database: { migrated: true } })
  expect(exporter.log.match(/a pipeline is looked at/g), 'what did not change goes on').toHaveLength(1)

  const { spec } = pipeline
  const others = { ...spec.source.redisStreams, streams: ['shop:others'] }
  const changed = { ...pipeline, spec: { ...spec, source: { redisStreams: others } } }
  await exporter.pipelines.set({ 'shops.yaml': JSON.stringify(changed) })
  await exporter.sees('shops', { source: { streams: [{ stream: 'shop:others', state: 'missing' }] } })
  expect(Object.keys(await exporter.signals())).toEqual(['shops'])

  await exporter.pipelines.set({})
  await eventually(async () => expect(await exporter.signals()).toEqual({}))
  await eventually(async () => expect(await sessions(shops)).toBe(0))
  expect([...(await exporter.samples()).keys()].filter((name) => name.includes('pipeline="'))).toEqual([])
})

test('an entry for a pipeline without workers is seen soon, however seldom there is a closer look', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using exporter = await ExporterProcess.start(undefined, shops, { OBSERVE_SECONDS: '300' })
  await exporter.sees('shops', { source: { backlog: 0, isDrained: true } })
  await shops.publish([order(0)])
  await exporter.sees('shops', { source: { backlog: 1, backlogIs: 'exact', isDrained: false } })
  await shops.publish([order(1)])
  await exporter.sees('shops', { source: { backlog: 2 } })
})

test('workers without anything to do may be gone before it shows, so an entry is seen soon as well while there seem to be some', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.startWorker()
  await shops.publish([order(0)])
  await shops.caughtUp()
  await using exporter = await ExporterProcess.start(undefined, shops, { OBSERVE_SECONDS: '8' })
  const looks: number[] = []
  await eventually(async () => {
    const { source, database } = (await exporter.signals())['shops']!
    expect(database).toMatchObject({ members: [{ name: 'worker-0' }] })
    const at = Date.parse((source as { observedAt: string }).observedAt)
    if (looks.at(-1) !== at) looks.push(at)
    const [first = 0, , third = Number.NaN] = looks.slice(-3) // one pause may be short while it is not known yet that there is a worker
    expect(third - first).toBeLessThan(5_000)
  })
})

test('how much comes, and how many workers it takes, of one pipeline and as metrics', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using exporter = await ExporterProcess.start(undefined, shops)
  await exporter.sees('shops', { load: { arrivalsPerSecond: 0, capacityPerWorker: null } })
  const ask = async (path: string) => {
    const { status, text } = await exporter.get(path)
    return { status, page: status === 200 ? JSON.parse(text) : text }
  }
  expect(await ask('/signals/shops')).toMatchObject({
    status: 200,
    page: { pipeline: 'shops', demand: 0, source: { backlog: 0 }, load: { arrivalsPerSecond: 0 } },
  })
  await shops.publish(orders(0, 50))
  await exporter.sees('shops', { source: { backlog: 50 }, load: { arrivalsPerSecond: expect.toSatisfy((n) => n > 0) } })
  expect(await ask('/signals/shops'), 'the first worker is to show what it can do').toMatchObject({
    page: { demand: 1 },
  })
  const samples = await exporter.samples()
  expect(samples.get('mp_pipeline_arrivals_per_second{pipeline="shops"}')).toBeGreaterThan(0)
  expect(samples.get('mp_pipeline_demand_workers{pipeline="shops"}')).toBe(1)
  expect(samples.has('mp_pipeline_worker_capacity_entries_per_second{pipeline="shops"}'), 'unknown is not zero').toBe(
    false,
  )

  await shops.db.query(
    "insert into mp_member (consumer, heartbeat_at, busy_ms, entries_done) values ('worker-0', now() + interval '1 day', 0, 0)",
  )
  await exporter.sees('shops', { database: { members: [{ name: 'worker-0', busyMs: 0, entriesDone: 0 }] } })
  await shops.db.query('update mp_member set busy_ms = 10000, entries_done = 1000')
  await exporter.sees('shops', { load: { capacityPerWorker: 100 } })
  const demandFor = async (target: string) =>
    (await ask(`/signals/shops?targetLatency=${target}`)).page.demand as number
  expect(await demandFor('1s')).toBeGreaterThan(await demandFor('1h'))
  expect(await ask('/signals/shops?targetLatency=soon')).toEqual({
    status: 400,
    page: 'targetLatency must be a duration, such as 30s\n',
  })
  expect(await ask('/signals/others')).toMatchObject({ status: 404 })
})

test('what is new since an answer before, and only when what is not was looked at again', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using exporter = await ExporterProcess.start(undefined, shops)
  const since = async (cursor: string) =>
    JSON.parse((await exporter.get(`/signals?since=${cursor}`)).text) as SignalsSince
  await exporter.sees('shops', { load: { arrivalsPerSecond: 0 }, database: { entities: 0 } })
  const first = await since('')
  expect(first).toMatchObject({ complete: true, pipelines: { shops: { source: { backlog: 0 } } }, still: {} })

  const { observedAt } = await exporter.seen('shops')
  const again = await since(first.cursor)
  expect(again).toMatchObject({ complete: false, pipelines: {}, still: { shops: Array(3).fill(expect.any(String)) } })
  expect((again.still['shops']?.[0] ?? '') >= observedAt).toBe(true)

  await shops.publish([order(0)])
  await exporter.sees('shops', { source: { backlog: 1 } })
  expect(await since(again.cursor)).toMatchObject({ complete: false, pipelines: { shops: { source: { backlog: 1 } } } })
  expect(await since(`another${first.cursor}`)).toMatchObject({ complete: true, pipelines: { shops: {} } })

  await exporter.pipelines.set({})
  await eventually(async () => expect(await exporter.signals()).toEqual({}))
  expect(await since(again.cursor)).toMatchObject({ complete: true, pipelines: {} })
})

test('one session on each database, which only reads', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using exporter = await ExporterProcess.start()
  await exporter.add(shops)
  for (let look = 0; look < 3; look++) await exporter.seen('shops')
  expect(await sessions(shops)).toBe(1)
})

test('the session of a database at rest is kept from one look to the next', { timeout: 60_000 }, async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using exporter = await ExporterProcess.start(undefined, shops, { OBSERVE_SECONDS: '12' })
  await exporter.seen('shops')
  const session = await sessionIds(shops)
  await exporter.seen('shops')
  expect(session).toHaveLength(1)
  expect(await sessionIds(shops)).toEqual(session)
})

async function sessionIds(shops: PipelineOnServers): Promise<readonly number[]> {
  const { rows } = await shops.db.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'metrics-pipeline exporter' and datname = current_database()",
  )
  return rows.map(({ pid }) => pid)
}

async function sessions(shops: PipelineOnServers): Promise<number> {
  return (await sessionIds(shops)).length
}

test('a connection that is not there is named, and used once it is', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const { pipeline } = shops.pipeline
  const named = {
    ...pipeline,
    spec: {
      ...pipeline.spec,
      database: { ...pipeline.spec.database, connection: { secretKeyRef: { name: 'postgres', key: 'url' } } },
    },
  }
  await using exporter = await ExporterProcess.start()
  await exporter.add({ pipeline: { ...shops.pipeline, pipeline: named } })
  await exporter.sees('shops', {
    source: { unreachable: 'no connection: spec.source.redisStreams.connection is not set' },
    database: { unreachable: 'no connection: Secret postgres has no URL under the key url' },
  })
  await exporter.connect('shops', shops)
  await exporter.sees('shops', { source: { backlog: 0 }, database: { migrated: true } })
})

test.each(['database', 'source'] as const)(
  'a %s that hangs delays nothing else, and is told',
  { timeout: 120_000 },
  async (part) => {
    await using first = await PipelineOnServers.open(shopPipeline())
    await using second = await PipelineOnServers.open(shopPipeline({ name: 'others' }))
    await using proxy = await TcpProxy.to(part === 'database' ? first.databaseUrl : first.redisUrl)
    await using exporter = await ExporterProcess.start()
    await exporter.add(first, { ...first, [part === 'database' ? 'databaseUrl' : 'redisUrl']: proxy.url })
    await exporter.add(second)
    await exporter.seen('shops')
    proxy.stall()
    for (let look = 0; look < 3; look++) await exporter.seen('others')
    const other = part === 'database' ? 'source' : 'database'
    await exporter.sees('shops', { [part]: { unreachable: expect.stringMatching(/time/i) } })
    expect((await exporter.signals())['shops']?.[other]).not.toHaveProperty('unreachable')
    proxy.restore()
    await eventually(async () => expect((await exporter.signals())['shops']?.[part]).not.toHaveProperty('unreachable'))
  },
)

test('servers that go away and come back', async () => {
  await using postgres = await OwnServer.postgres()
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(shopPipeline(), { databaseUrl: postgres.url, redisUrl: redis.url })
  await using exporter = await ExporterProcess.start()
  await exporter.add(shops)
  await exporter.seen('shops')
  await postgres.kill()
  await redis.kill()
  const unreachable = expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1:\d+/)
  await exporter.sees('shops', { source: { unreachable }, database: { unreachable } })
  const samples = await exporter.samples()
  expect(samples.get('mp_exporter_reachable{part="source",pipeline="shops"}')).toBe(0)
  expect(
    [...samples.keys()].filter((name) => name.startsWith('mp_pipeline_')),
    'unknown is not zero; what it is meant to do is known all the same',
  ).toEqual([
    'mp_pipeline_freshness_objective_seconds{pipeline="shops"}',
    'mp_pipeline_aggregation_interval_seconds{pipeline="shops"}',
  ])
  await postgres.startAgain()
  await redis.startAgain()
  await exporter.sees('shops', { source: { backlog: 0 }, database: { migrated: true } })
})

test('a clock that is set back makes no look older than the one before', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using clock = await WorkerClock.offBy(0)
  await using exporter = await ExporterProcess.start(undefined, shops, clock.environment)
  const before = await exporter.seen('shops')
  await clock.set(exporter, -3_600_000)
  const next = await exporter.seen('shops')
  expect(next.observedAt > before.observedAt).toBe(true)
})

test('it is ready once it has looked at everything, for whoever asks another one until then must not lose sight', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using proxy = await TcpProxy.to(shops.redisUrl)
  proxy.stall()
  await using exporter = await ExporterProcess.start(undefined, { ...shops, redisUrl: proxy.url })
  await eventually(async () => expect(exporter.log).toContain('a pipeline is looked at'))
  expect(await exporter.get('/readyz')).toEqual({
    status: 503,
    text: 'not every pipeline was looked at often enough yet\n',
  })
  proxy.restore()
  await eventually(async () => expect(await exporter.get('/readyz')).toMatchObject({ status: 200 }))
  expect(await exporter.signals()).toMatchObject({ shops: { source: { backlog: 0 }, database: { migrated: true } } })
})

test('it is ready once it knows how much comes in, for fleets whose load is not known are held', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using exporter = await ExporterProcess.start(undefined, shops, { OBSERVE_SECONDS: '3' })
  await eventually(async () => expect(await exporter.get('/readyz')).toMatchObject({ status: 200 }))
  expect(await exporter.signals()).toMatchObject({ shops: { load: { arrivalsPerSecond: 0 } } })
})

test('it is ready after a while though a server hangs', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using proxy = await TcpProxy.to(shops.redisUrl)
  proxy.stall()
  await using exporter = await ExporterProcess.start(undefined, { ...shops, redisUrl: proxy.url })
  await eventually(async () => expect(await exporter.get('/readyz')).toMatchObject({ status: 200 }))
})

test('a folder that cannot be read is no folder without pipelines', async () => {
  await using exporter = await ExporterProcess.start()
  await exporter.pipelines[Symbol.asyncDispose]()
  await eventually(async () =>
    expect(await exporter.get('/readyz')).toEqual({
      status: 503,
      text: 'the folder with the pipelines cannot be read\n',
    }),
  )
})
