import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Batch, FactStore } from '../../../adapters/postgres/fact-store.ts'
import { type AcquiredShard, ShardStore } from '../../../adapters/postgres/shard-store.ts'
import { parseInstant } from '../../../core/time/instant.ts'
import { factCreator } from '../../support/create-fact.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { order } from '../../support/shop-orders.ts'
import { SteppedSession } from '../../support/stepped-session.ts'

const STREAMS = ['shop:{0}', 'shop:{1}', 'shop:{2}']

let database: PipelineDatabase
let first: ShardStore
let second: ShardStore

beforeAll(async () => {
  database = await PipelineDatabase.open(shopPipeline({ sharded: { prefix: 'shop', shards: 3 } }))
  first = new ShardStore(database.pool, 'first')
  second = new ShardStore(database.pool, 'second')
})

beforeEach(async () => {
  await database.empty()
  await database.pool.query('delete from mp_shard; delete from mp_member')
  await first.ensure(STREAMS)
})

afterAll(() => database[Symbol.asyncDispose]())

test('a worker that starts while another one makes the shards finds them made', async () => {
  await database.pool.query('delete from mp_shard')
  const maker = await database.pool.connect()
  try {
    await maker.query('begin')
    await maker.query(
      'insert into mp_shard (shard, stream) select n - 1, s from unnest($1::text[]) with ordinality i(s, n)',
      [STREAMS],
    )
    const starting = second.ensure(STREAMS)
    await eventually(async () => {
      const { rowCount } = await database.pool.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      )
      expect(rowCount).toBe(1)
    })
    await maker.query('commit')
    await starting
  } finally {
    maker.release()
  }
})

const runOut = () => database.pool.query("update mp_shard set expires_at = '-infinity'")

/** A batch of one order for each shard, at an entry of its stream. */
function batchOf(shards: readonly AcquiredShard[], milliseconds = '1000', sequence = '1'): Batch {
  const create = factCreator(database.pipeline.metricSet)
  const facts = shards.map(({ shard }) => {
    const { id, time, data } = order(shard)
    const published = parseInstant(time as string)
    return create('order', `${id}-${milliseconds}-${sequence}`, data, 'instant' in published ? published.instant : 0)
  })
  const positions = shards.map(({ shard, token }) => ({
    shard,
    token,
    stream: STREAMS[shard] as string,
    milliseconds,
    sequence,
  }))
  return { consumer: 'test', facts, marks: [], deadLetters: [], positions: [], shards: positions }
}

const commit = (batch: Batch, pool = database.pool) => new FactStore(pool, database.pipeline.metricSet, 1).commit(batch)

async function stored(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>('select count(*)::int as count from fact_order')
  return rows[0]?.count ?? 0
}

const positionsNow = async () =>
  (await database.pool.query("select entry_ms || '-' || entry_seq as position from mp_shard order by shard")).rows.map(
    ({ position }) => position,
  )

test('the owner commits, and the shards remember how far', async () => {
  const held = await first.acquire(3, [])
  expect(await commit(batchOf(held, '1000', '7'))).toMatchObject({ kind: 'applied' })
  expect(await positionsNow()).toEqual(['1000-7', '1000-7', '1000-7'])
  expect(await commit(batchOf(held, '999', '9'))).toMatchObject({ kind: 'applied' }) // pending entries of before: the position stays
  expect(await commit(batchOf(held, '1000', '18446744073709551615'))).toMatchObject({ kind: 'applied' })
  expect(await positionsNow()).toEqual(new Array(3).fill('1000-18446744073709551615'))
})

test('a former owner commits nothing, not even for the shards it still holds', async () => {
  const held = await first.acquire(3, [])
  await database.pool.query("update mp_shard set expires_at = '-infinity' where shard = 1")
  const [taken] = await second.acquire(3, [])
  expect(taken).toMatchObject({ shard: 1, token: '2' })
  expect(await commit(batchOf(held))).toEqual({ kind: 'fenced', shards: [1] })
  expect(await stored()).toBe(0)
  expect(await database.marked()).toEqual([])
  expect(await positionsNow()).toEqual(['0-0', '0-0', '0-0'])
  expect(await commit(batchOf(held.filter(({ shard }) => shard !== 1)))).toMatchObject({ kind: 'applied' })
  expect(await commit(batchOf([taken as AcquiredShard]))).toMatchObject({ kind: 'applied' })
})

test('an owner whose lease has run out goes on while nobody took its place', async () => {
  const held = await first.acquire(3, [])
  await runOut()
  expect(await commit(batchOf(held))).toMatchObject({ kind: 'applied' })
  expect(await second.acquire(3, [])).toEqual([]) // the commit renewed the leases
})

test('an owner takes no shard anew that it holds: that would fence its own commits', async () => {
  const held = await first.acquire(3, [])
  await runOut()
  expect(await first.acquire(3, held)).toEqual([])
  expect(await commit(batchOf(held))).toMatchObject({ kind: 'applied' })
})

test('a shard that was let go and taken again by the same worker has another token', async () => {
  const held = await first.acquire(1, [])
  await first.release(held)
  const again = await first.acquire(1, [])
  expect(again).toMatchObject([{ shard: 0, token: '2' }])
  expect(await commit(batchOf(held))).toEqual({ kind: 'fenced', shards: [0] })
  expect(await commit(batchOf(again))).toMatchObject({ kind: 'applied' })
})

test('a worker that starts again under its name takes its shards at once, and its former self is fenced', async () => {
  const held = await first.acquire(3, [])
  const restarted = new ShardStore(database.pool, 'first')
  expect(await second.acquire(3, [])).toEqual([])
  expect(await restarted.acquire(3, [])).toMatchObject([{ token: '2' }, { token: '2' }, { token: '2' }])
  expect(await commit(batchOf(held))).toEqual({ kind: 'fenced', shards: [0, 1, 2] })
})

test('what a former owner lets go too late is none of its any more', async () => {
  const held = await first.acquire(3, [])
  await runOut()
  const taken = await second.acquire(3, [])
  await first.release(held)
  const { shards } = await second.tick(taken)
  expect(shards.map(({ owner }) => owner)).toEqual(['second', 'second', 'second'])
})

test('whoever looks at the fleet renews its own leases and those alone', async () => {
  const held = await first.acquire(2, [])
  const other = await second.acquire(1, [])
  await database.pool.query("update mp_shard set expires_at = clock_timestamp() + interval '1 second'")
  const { members, shards } = await first.tick(held)
  expect(members).toEqual(['first'])
  expect(shards.map(({ renewed }) => renewed)).toEqual([true, true, false])
  expect(shards.map(({ owner }) => owner)).toEqual(['first', 'first', 'second'])
  expect((await second.tick(other)).members).toEqual(['first', 'second'])
  await second.leave()
  expect((await first.tick(held)).members).toEqual(['first'])
})

test('a shard that is being committed is neither taken nor waited for, though its lease has run out', async () => {
  const held = await first.acquire(1, [])
  await using committing = new SteppedSession(database.url, 'committing', database.pool)
  const outcome = committing.start((pool) => commit(batchOf(held), pool))
  await committing.upTo('hold-shards')
  await committing.step()
  await runOutOthers()
  expect(await second.acquire(3, [])).toMatchObject([{ shard: 1 }, { shard: 2 }])
  expect((await first.tick(held)).shards[0]).toMatchObject({ token: '1', renewed: false })
  while ((await committing.step()) !== undefined);
  expect(await outcome).toMatchObject({ kind: 'applied' })
})

test('a commit that was begun before the shard was taken, and comes to its fence after, commits nothing', async () => {
  const held = await first.acquire(1, [])
  await using committing = new SteppedSession(database.url, 'committing', database.pool)
  const outcome = committing.start((pool) => commit(batchOf(held), pool))
  await committing.upTo('hold-shards') // its transaction is open, and it may have read the clock
  await runOut()
  const [taken] = await second.acquire(1, [])
  while ((await committing.step()) !== undefined);
  expect(await outcome).toEqual({ kind: 'fenced', shards: [0] })
  expect(await stored()).toBe(0)
  expect(await commit(batchOf([taken as AcquiredShard]))).toMatchObject({ kind: 'applied' })
})

const runOutOthers = () => database.pool.query("update mp_shard set expires_at = '-infinity' where shard > 0")
