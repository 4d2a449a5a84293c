import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { CompositeStore } from '../../../adapters/postgres/composite-store.ts'
import { createPostgresPool } from '../../../adapters/postgres/postgres-pool.ts'
import { readDatabaseSignals, SignalsReader } from '../../../adapters/postgres/read-signals.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import type { CompositeDefinition } from '../../../core/metric-sets/definition.ts'
import { createMetricSet } from '../../../core/metric-sets/metric-set.ts'
import { EMPTY_DATABASE } from '../../../core/signals/empty-database.ts'
import type { DatabaseSignals } from '../../../core/signals/pipeline-signals.ts'
import { UNNOTED } from '../../support/composite-rules.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { freshDatabase } from '../../support/servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

let shops: PipelineOnServers

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  const worker = await shops.startWorker()
  await shops.publish([...orders(0, 100), { stream: 'shop:mixed', type: 'unheard-of', data: {} }])
  await shops.caughtUp()
  await worker.stop()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

beforeEach(() => shops.db.query('truncate shop_metrics_daily, mp_run, mp_run_failure, mp_run_range'))

const signals = (countEntities = true): Promise<DatabaseSignals> =>
  readDatabaseSignals(shops.db, shops.pipeline.metricSet, { countEntities })

const QUIET: DatabaseSignals = {
  migrated: true,
  revision: 1,
  awaitedRevision: null,
  entities: 20,
  marks: 0,
  oldestMarkAgeMs: null,
  unresolvedReferences: 0,
  resolvableReferences: 0,
  deadLetters: { 'unknown-event-type': 1 },
  asOf: null,
  members: [],
  shards: [],
  streamFaults: [],
  overdueNextChanges: 0,
  lastAggregation: null,
  composites: [],
}

test('before the first aggregation', async () => {
  expect(await signals()).toEqual(QUIET)
})

test('scores as they stand, that of everything first, and none of a group that the definition has no more', async () => {
  const { definition } = shops.pipeline
  const profile = {
    id: 'shop',
    entity: 'shop',
    fields: { shop: { type: 'string' }, region: { type: 'string', oneOf: ['North'] } },
  } as const
  const composite: CompositeDefinition = {
    name: 'mean',
    over: 'Rows',
    inputs: { mean: { ratio: ['revenue', 'orders'] } },
    weights: { one: 1 },
    score: [{ plus: 'one', times: 'mean' }],
    decimals: 2,
    sample: 'orders',
    groups: { region: { by: 'profile.region' } },
  }
  const set = createMetricSet(
    { ...definition, events: { ...definition.events, profile }, composite },
    { windows: [7], alignment: 'UtcDay' },
  )
  const store = new CompositeStore(shops.db, 'worker-7')
  for (const scope of ['region=North', 'region=South', 'pipeline']) {
    const { asOf } = await store.look(scope, { minIntervalMs: 0, rules: UNNOTED })
    const result = { value: scope === 'pipeline' ? '76.50' : null, sampleSize: 3, inputs: {} }
    await store.store({ scope, fence: 1, asOf, result }, { minIntervalMs: 0, historyLimit: 1, rules: UNNOTED })
  }
  const { composites } = await readDatabaseSignals(shops.db, set, { countEntities: false })
  const common = { sampleSize: 3, holder: 'worker-7', asOf: expect.any(String), ageMs: expect.any(Number) }
  expect(composites).toEqual([
    { scope: 'pipeline', value: '76.50', ...common },
    { scope: 'region=North', value: null, ...common },
  ])
  expect((await signals()).composites).toEqual([])
})

test('entities that nobody asked to count are unknown', async () => {
  expect(await signals(false)).toEqual({ ...QUIET, entities: null })
})

test('a database without the tables of the engine is not migrated', async () => {
  await using empty = await freshDatabase()
  const pool = createPostgresPool({
    url: empty.url,
    schema: 'public',
    applicationName: 'test',
    maxConnections: 1,
    onError: () => undefined,
  })
  const seen = await readDatabaseSignals(pool, shops.pipeline.metricSet, { countEntities: true }).finally(() =>
    pool.end(),
  )
  expect(seen).toMatchObject({ migrated: false, revision: null, entities: null, overdueNextChanges: null })
})

const FORMER = shopPipeline({ sharded: { prefix: 'shop', shards: 2 } })

test('what waits, who is alive, who reads which shard and what is wrong, with ages', async () => {
  await using sharded = await PipelineOnServers.open(FORMER)
  await sharded.db.query(`
    insert into mp_mark values ('shop-00', 1, clock_timestamp() - interval '7 seconds', clock_timestamp(), clock_timestamp()),
                               ('shop-01', 2, clock_timestamp(), clock_timestamp(), clock_timestamp());
    insert into mp_unresolved_reference (type, reference) values ('order', 'nowhere');
    insert into mp_member (consumer, started_at, heartbeat_at, busy_ms, entries_done)
         values ('worker-b', '2026-01-01T00:00:00.000002Z', clock_timestamp() - interval '2 seconds', null, null),
                ('worker-a', '2026-01-02T00:00:00Z', clock_timestamp(), 7000, 9);
    insert into mp_shard (shard, stream, owner, expires_at, entry_ms, entry_seq, committed_at)
         values (0, 'shop:{0}', 'worker-a', 'infinity', 5, 18446744073709551615, clock_timestamp()), (1, 'shop:{1}', 'worker-c', '-infinity', 0, 0, null);
    insert into mp_stream_fault (stream, kind, detail, healed_at)
         values ('shop:{1}', 'entries-deleted', '3 pending entries were deleted', null), ('shop:{0}', 'group-recreated', 'healed', clock_timestamp())`)
  const seen = await readDatabaseSignals(sharded.db, sharded.pipeline.metricSet, { countEntities: true })
  expect(seen).toEqual({
    ...QUIET,
    entities: 0,
    marks: 2,
    oldestMarkAgeMs: expect.toSatisfy((age: number) => age >= 7_000 && age < 60_000),
    unresolvedReferences: 1,
    deadLetters: {},
    members: [
      {
        name: 'worker-a',
        lastBeatAgeMs: expect.toSatisfy((age: number) => age < 60_000),
        startedAt: '2026-01-02T00:00:00+00:00',
        busyMs: 7_000,
        entriesDone: 9,
      },
      {
        name: 'worker-b',
        lastBeatAgeMs: expect.toSatisfy((age: number) => age >= 2_000 && age < 60_000),
        startedAt: '2026-01-01T00:00:00.000002+00:00',
        busyMs: null,
        entriesDone: null,
      },
    ],
    shards: [
      { stream: 'shop:{0}', owner: 'worker-a', position: '5-18446744073709551615' },
      { stream: 'shop:{1}', owner: null, position: null },
    ],
    streamFaults: [
      {
        stream: 'shop:{1}',
        kind: 'entries-deleted',
        detail: '3 pending entries were deleted',
        since: expect.any(String),
      },
    ],
  })
})

test('a schema that an older version left behind is read as far as it goes', async () => {
  await using older = await PipelineOnServers.open(shopPipeline())
  await older.db.query(`
    alter table mp_member drop column busy_ms, drop column entries_done;
    alter table mp_pipeline drop column newest_revision;
    insert into mp_member (consumer) values ('worker-a')`)
  const seen = await readDatabaseSignals(older.db, older.pipeline.metricSet, { countEntities: true })
  expect(seen).toMatchObject({
    migrated: true,
    revision: 1,
    awaitedRevision: null,
    members: [{ name: 'worker-a', startedAt: expect.any(String), busyMs: null, entriesDone: null }],
  })
})

test('an aggregation is that of all its shards', async () => {
  await runDailyAggregation({ ...shops, shard: 1, shards: 2 })
  expect((await signals()).lastAggregation).toMatchObject({ state: 'running', successful: 11, finishedAt: null })
  await runDailyAggregation({ ...shops, shard: 0, shards: 2 })
  expect((await signals()).lastAggregation).toEqual({
    day: new Date().toISOString().slice(0, 10),
    state: 'succeeded',
    startedAt: expect.any(String),
    finishedAt: expect.any(String),
    successful: 20,
    failed: 0,
    mismatches: 0,
    compared: 20,
  })
})

test.each([
  ['interrupted', ['interrupted', 'failed']],
  ['failed', ['succeeded', 'failed']],
])('an aggregation is %s when a shard is', async (state, of) => {
  await runDailyAggregation({ ...shops, shard: 0, shards: 2 })
  await runDailyAggregation({ ...shops, shard: 1, shards: 2 })
  for (const [shard, each] of of.entries())
    await shops.db.query('update mp_run set state = $1 where shard = $2', [each, shard])
  expect((await signals()).lastAggregation).toMatchObject({ state, successful: 20 })
})

test('a run again counts in place of the former one', async () => {
  await runDailyAggregation(shops)
  await runDailyAggregation({ ...shops, entities: ['shop-03'] })
  expect((await signals()).lastAggregation).toMatchObject({ state: 'succeeded', successful: 1 })
})

test.each([
  ['the day roll has five minutes', 'UtcDay', '4 minutes', 0],
  ['what was due before that is overdue', 'UtcDay', '6 minutes', 20],
  ['where windows slide it is at once', 'Sliding', '1 second', 20],
] as const)('of next changes: %s', async (_sentence, alignment, back, overdue) => {
  await shops.db.query(`update shop_metrics set next_change_at = clock_timestamp() - interval '${back}'`)
  const set = { ...shops.pipeline.metricSet, alignment }
  expect(await readDatabaseSignals(shops.db, set, { countEntities: false })).toMatchObject({
    overdueNextChanges: overdue,
  })
})

test('who looks again and again asks one thing each time, and sees that tables are gone', async () => {
  await using other = await PipelineOnServers.open(shopPipeline())
  const pool = createPostgresPool({
    url: other.databaseUrl,
    schema: 'public',
    applicationName: 'test',
    maxConnections: 1, // each session knows its own statements
    onError: () => undefined,
  })
  try {
    const reader = new SignalsReader(pool, other.pipeline.metricSet, { countEntities: false })
    const asked = async () => {
      const { rows } = await pool.query<{ times: string }>(
        "select sum(generic_plans + custom_plans) as times from pg_prepared_statements where name like 'signals %'",
      )
      return Number(rows[0]?.times)
    }
    expect(await reader.read()).toMatchObject({ migrated: true, marks: 0 })
    const before = await asked()
    for (let look = 0; look < 3; look += 1) await reader.read()
    expect((await asked()) - before).toBe(3)
    await other.db.query('drop schema public cascade')
    expect(await reader.read()).toEqual(EMPTY_DATABASE)
  } finally {
    await pool.end()
  }
})
