import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { migratePipeline } from '../../../cli/migrate-pipeline.ts'
import { runProgram } from '../../support/run-program.ts'
import { schemaChecksum } from '../../support/schema-checksum.ts'
import { type FreshDatabase, freshDatabase } from '../../support/servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { changedShops } from './shops.ts'

const SHOPS = shopPipeline()

let database: FreshDatabase
let db: pg.Pool

beforeEach(async () => {
  database = await freshDatabase()
  db = new pg.Pool({ connectionString: database.url, max: 2 })
  db.on('error', () => undefined) // its sessions may still be ending when the database is dropped
})

afterEach(async () => {
  await db.end()
  await database.drop()
})

const migrate = (pipeline = SHOPS) => migratePipeline(pipeline, database.url)

async function relations(schema = 'public'): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'v') order by 1",
    [schema],
  )
  return rows.map((row) => row.name)
}

const MADE = [
  'fact_order',
  'mp_as_of',
  'mp_composite',
  'mp_composite_history',
  'mp_composite_rules',
  'mp_dead_letter',
  'mp_mark',
  'mp_member',
  'mp_migration',
  'mp_pipeline',
  'mp_position',
  'mp_quality_count',
  'mp_retention',
  'mp_revision',
  'mp_run',
  'mp_run_failure',
  'mp_run_range',
  'mp_shard',
  'mp_stream_fault',
  'mp_unresolved_reference',
  'shop_metrics',
  'shop_metrics_daily',
]

describe('the first migration', () => {
  test('makes everything in an empty database, and the second nothing', async () => {
    expect(await migrate()).toEqual({ revision: 1, isNew: true })
    expect(await relations()).toEqual(MADE)
    const before = await schemaChecksum(db)
    expect(await migrate()).toEqual({ revision: 1, isNew: false })
    expect({ ...(await schemaChecksum(db)), mp_revision_revision_seq: '' }).toEqual({
      ...before,
      mp_revision_revision_seq: '',
    })
  })

  test('leaves what an existing database holds alone', async () => {
    await db.query('create table orders (id int primary key); insert into orders values (1), (2)')
    await db.query('create view recent as select * from orders')
    const before = await schemaChecksum(db)
    await migrate()
    expect(await schemaChecksum(db)).toMatchObject(before)
    expect(await relations()).toEqual([...MADE, 'orders', 'recent'].sort())
  })

  test('makes the schema where there is none, and touches no other', async () => {
    await migrate(changedShops(({ spec }) => (spec.database.schema = 'shops')))
    expect(await relations('shops')).toEqual(MADE)
    expect(await relations('public')).toEqual([])
  })

  test('needs no more than the right to create in its schema', async () => {
    const role = `shops_${process.pid}`
    await db.query(
      `create role ${role} login password 'secret'; create schema shops; revoke all on schema public from public`,
    )
    await db.query(`grant usage, create on schema shops to ${role}`)
    const url = new URL(database.url)
    Object.assign(url, { username: role, password: 'secret' })
    try {
      const shops = changedShops(({ spec }) => (spec.database.schema = 'shops'))
      expect(await migratePipeline(shops, url.href)).toEqual({ revision: 1, isNew: true })
      const { code } = await runProgram(
        'aggregator/main.ts',
        { pipeline: shops, databaseUrl: url.href, redisUrl: '' },
        ['--cleanup'],
      )
      expect(code).toBe(0)
    } finally {
      await db.query(`drop owned by ${role}; drop role ${role}`)
    }
  })

  test.each(['shop_metrics', 'shop_metrics_daily', 'fact_order'])(
    "does not take over somebody else's table %s",
    async (name) => {
      await db.query(`create table ${name} (id int primary key, note text)`)
      await expect(migrate()).rejects.toMatchObject({
        code: 'name-taken',
        message: `schema public has relations that this pipeline would have to make and did not: ${name}; give the pipeline a schema of its own (spec.database.schema)`,
      })
      const { rows } = await db.query('select attname from pg_attribute where attrelid = $1::regclass and attnum > 0', [
        name,
      ])
      expect(rows).toHaveLength(2)
    },
  )

  test("does not take over the original platform's table of metrics", async () => {
    await db.query('create table tutor_performance_metrics (metric_id varchar(50) primary key)')
    await expect(migrate(await loadPipeline('examples/tutor-performance.yaml'))).rejects.toMatchObject({
      code: 'name-taken',
      message: expect.stringContaining('tutor_performance_metrics'),
    })
  })
})

test('an engine of an earlier version is brought up to date, with its data', async () => {
  await migrate()
  await db.query(
    "insert into mp_run (kind, day, shard, shards, options, state) values ('daily', '2026-01-01', 0, 1, '{}', 'succeeded')",
  )
  await db.query("drop table mp_retention; delete from mp_migration where name = '0002-retention'")
  expect(await migrate()).toEqual({ revision: 1, isNew: false })
  expect(await relations()).toEqual(MADE)
  expect((await db.query('select day::text from mp_run')).rows).toEqual([{ day: '2026-01-01' }])
})

describe('at the same moment', () => {
  test('several processes migrate one pipeline, and all succeed', async () => {
    const pipeline = { pipeline: SHOPS, databaseUrl: database.url, redisUrl: '' }
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => runProgram('cli/mp.mjs', pipeline, ['migrate'])))
    expect(outcomes.map(({ code, err }) => `${code}${err}`)).toEqual(['0', '0', '0'])
    expect(outcomes.map(({ out }) => out).sort()).toEqual([
      'schema public is at revision 1\n',
      'schema public is at revision 1\n',
      'schema public is at revision 1, new\n',
    ])
    expect(await relations()).toEqual(MADE)
  })

  test('of two pipelines that want one schema, one gets it', async () => {
    const outcomes = await Promise.allSettled([migrate(), migrate(shopPipeline({ name: 'others' }))])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'schema-taken' } })
    expect((await db.query('select from mp_pipeline')).rowCount).toBe(1)
  })

  test('pipelines migrate into schemas of their own', async () => {
    const schemas = ['a', 'b', 'c']
    await Promise.all(
      schemas.map((schema) => migrate(changedShops(({ spec }) => (spec.database.schema = schema), { name: schema }))),
    )
    for (const schema of schemas) expect(await relations(schema)).toEqual(MADE)
  })
})

test('a second pipeline in the same schema is refused, and told who has it', async () => {
  await migrate()
  const before = await schemaChecksum(db)
  await expect(migrate(shopPipeline({ name: 'others' }))).rejects.toMatchObject({
    code: 'schema-taken',
    message: 'schema public belongs to the pipeline shops; give others a schema of its own (spec.database.schema)',
  })
  expect(await schemaChecksum(db)).toEqual(before)
})
