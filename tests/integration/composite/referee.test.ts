import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CompositeStore } from '../../../adapters/postgres/composite-store.ts'
import type { CompositeResult } from '../../../core/composite/composite-result.ts'
import type { Instant } from '../../../core/time/instant.ts'
import { UNNOTED } from '../../support/composite-rules.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

const HOUR_MS = 3_600_000
const AT_ONCE = { minIntervalMs: 0, historyLimit: 10, rules: UNNOTED }

let database: PipelineDatabase
let store: CompositeStore

beforeAll(async () => {
  database = await PipelineDatabase.open(shopPipeline())
  store = new CompositeStore(database.pool, 'worker-0')
})

beforeEach(async () => {
  await database.pool.query('delete from mp_composite; delete from mp_composite_history')
})

afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

const result = (value: string | null): CompositeResult => ({
  value,
  sampleSize: 3,
  inputs: { success: '0.9', none: null },
})

async function commit(fence: number, value = '76.5', bounds = AT_ONCE, asOf?: Instant) {
  return await store.store({ scope: 'pipeline', fence, asOf: asOf ?? (await now()), result: result(value) }, bounds)
}

async function now(): Promise<Instant> {
  return (await store.look('pipeline', AT_ONCE)).asOf
}

async function stands() {
  const { rows } = await database.pool.query('select fence::int, value, holder from mp_composite')
  return rows
}

describe('PostgreSQL', () => {
  test('takes a first result, and keeps all that is known of it', async () => {
    const asOf = await now()
    expect(await commit(1, '76.5', AT_ONCE, asOf)).toEqual({ kind: 'stored' })
    const { rows } = await database.pool.query(
      'select scope, fence::int, (extract(epoch from as_of) * 1000000)::int8::float8 as as_of, value, sample_size::int, inputs, holder, committed_at > as_of as later from mp_composite',
    )
    const kept = {
      scope: 'pipeline',
      fence: 1,
      as_of: asOf,
      value: '76.5',
      sample_size: 3,
      inputs: { success: '0.9', none: null },
      holder: 'worker-0',
      later: true,
    }
    expect(rows).toEqual([kept])
  })

  test.each([
    ['a smaller fence', 4],
    ['the same fence', 5],
  ])('refuses %s, and tells the one that it has seen', async (_sentence, fence) => {
    await commit(5)
    expect(await commit(fence)).toMatchObject({ kind: 'refused', fence: 5, waitMs: 0, value: '76.5' })
    expect(await stands()).toEqual([{ fence: 5, value: '76.5', holder: 'worker-0' }])
    expect(await database.pool.query('select from mp_composite_history')).toMatchObject({ rowCount: 1 })
  })

  test('refuses what comes too soon, whatever its fence, and tells how long to wait', async () => {
    await commit(1)
    const refused = await commit(2, '1', { ...AT_ONCE, minIntervalMs: HOUR_MS })
    expect(refused).toMatchObject({ kind: 'refused', fence: 1 })
    expect((refused as { waitMs: number }).waitMs).toBeGreaterThan(HOUR_MS - 60_000)
    expect((refused as { waitMs: number }).waitMs).toBeLessThanOrEqual(HOUR_MS)
  })

  test('takes what comes after that', async () => {
    await commit(1)
    await database.pool.query("update mp_composite set committed_at = committed_at - interval '1 hour'")
    expect(await commit(2, '2', { ...AT_ONCE, minIntervalMs: HOUR_MS })).toEqual({ kind: 'stored' })
  })

  test('refuses what is as of an earlier instant, though its fence is greater', async () => {
    const earlier = await now()
    await commit(1)
    expect(await commit(2, '2', AT_ONCE, earlier)).toMatchObject({ kind: 'refused' })
  })

  test('lets nobody wait for longer than the shortest interval, though its clock was set back', async () => {
    await commit(1)
    await database.pool.query("update mp_composite set committed_at = committed_at + interval '1 day'")
    expect(await commit(2, '2', { ...AT_ONCE, minIntervalMs: 5_000 })).toMatchObject({ waitMs: 5_000 })
  })

  test('of two at once takes one: the other waits for it, and is judged by when that was committed', async () => {
    await commit(1)
    const bounds = { ...AT_ONCE, minIntervalMs: HOUR_MS }
    await database.pool.query("update mp_composite set committed_at = committed_at - interval '2 hours'")
    const holder = new pg.Client(database.url)
    await holder.connect()
    try {
      await holder.query('begin; select from mp_composite for update')
      const asOf = await now()
      const both = [2, 3].map((fence) => commit(fence, String(fence), bounds, asOf + fence))
      await eventually(async () => {
        const { rowCount } = await database.pool.query(
          "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        )
        expect(rowCount).toBe(2)
      })
      const heldUntil = await now()
      await holder.query('commit')
      expect((await Promise.all(both)).map(({ kind }) => kind).sort()).toEqual(['refused', 'stored'])
      const { rows } = await database.pool.query(
        'select (extract(epoch from committed_at) * 1000000)::int8::float8 as at from mp_composite',
      )
      expect(rows[0].at).toBeGreaterThan(heldUntil)
    } finally {
      await holder.end()
    }
  })

  test('knows no value where there was no data, and nothing of a scope that was never calculated', async () => {
    await store.store({ scope: 'region=EU', fence: 1, asOf: await now(), result: result(null) }, AT_ONCE)
    expect(await store.look('region=EU', AT_ONCE)).toMatchObject({ fence: 1, value: null, ageMs: expect.any(Number) })
    expect(await store.look('region=US', AT_ONCE)).toMatchObject({ fence: 0, waitMs: 0, ageMs: undefined, value: null })
  })

  test('keeps as many of each scope as it is told', async () => {
    for (let fence = 1; fence <= 7; fence += 1) await commit(fence, '1', { ...AT_ONCE, historyLimit: 3 })
    await store.store({ scope: 'region=EU', fence: 1, asOf: await now(), result: result('1') }, AT_ONCE)
    const { rows } = await database.pool.query(
      'select scope, array_agg(fence::int order by fence) as fences from mp_composite_history group by 1 order by 1',
    )
    expect(rows).toEqual([
      { scope: 'pipeline', fences: [5, 6, 7] },
      { scope: 'region=EU', fences: [1] },
    ])
    await database.pool.query(`insert into mp_composite_history (scope, fence, as_of, committed_at, sample_size, inputs, holder)
      select 'pipeline', -n, now(), now(), 0, '{}', 'former' from generate_series(1, 2500) n`)
    const kept = async () => (await database.pool.query('select from mp_composite_history')).rowCount
    await commit(8, '1', { ...AT_ONCE, historyLimit: 3 })
    expect(await kept()).toBe(2_500 - 1_000 + 4 + 1) // a thousand at a time, the oldest first
    for (let fence = 9; fence <= 10; fence += 1) await commit(fence, '1', { ...AT_ONCE, historyLimit: 3 })
    expect(await kept()).toBe(3 + 1)
    await commit(11, '1', { ...AT_ONCE, historyLimit: 1 })
    expect(await database.pool.query("select from mp_composite_history where scope = 'pipeline'")).toMatchObject({
      rowCount: 1,
    })
  })
})
