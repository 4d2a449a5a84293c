import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { dailyTable, identifier, rowTable } from '../../../adapters/postgres/set-sql/identifiers.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import type { AggregationSummary } from '../../../aggregator/summary.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers, type Row } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

// The daily run over key ranges, each in a process of its own, as an Indexed Job starts them.

const SHOPS = 20

let shops: PipelineOnServers
let daily: string
let live: string

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  daily = identifier(dailyTable(shops.pipeline.metricSet))
  live = identifier(rowTable(shops.pipeline.metricSet))
  const worker = await shops.startWorker()
  await shops.publish(orders(0, 300))
  await shops.caughtUp()
  await worker.stop()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

beforeEach(() => shops.db.query(`truncate ${daily}, mp_run, mp_run_failure, mp_run_range`))

function runShards(count: number): Promise<readonly AggregationSummary[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, shard) => {
      const { out } = await runProgram('aggregator/main.ts', shops, ['--json', '--shard', `${shard}/${count}`])
      return JSON.parse(out) as AggregationSummary
    }),
  )
}

async function dailyRows(): Promise<readonly Row[]> {
  const { rows } = await shops.db.query<{ row: Row }>(
    `select to_jsonb(d) - 'run_id' - 'evaluated_at' as row from ${daily} d order by entity`,
  )
  return rows.map(({ row }) => row)
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

test('shards in parallel are disjoint and complete, and write what one run writes', async () => {
  await runDailyAggregation(shops)
  const whole = await dailyRows()
  await shops.db.query(`truncate ${daily}, mp_run, mp_run_failure`)

  const summaries = await runShards(4)
  expect(summaries.map(({ shard }) => shard)).toEqual(['0/4', '1/4', '2/4', '3/4'])
  expect(summaries.map(({ successful }) => successful)).toEqual([4, 5, 5, 6])
  expect(await dailyRows()).toEqual(whole)
  const { rows } = await shops.db.query(`select shard, last_entity from mp_run order by shard`)
  expect(rows.map(({ last_entity }) => last_entity)).toEqual(['shop-03', 'shop-08', 'shop-13', 'shop-19'])
})

test('each live row is compared by one shard, and each fault told by one', async () => {
  await shops.db.query(`update ${live} set orders_7d = orders_7d + 1 where entity in ('shop-04', 'shop-09')`)
  await shops.db.query(`update ${live} set next_change_at = now() - interval '6 minutes' where entity = 'shop-14'`)
  const { rows: gone } = await shops.db.query(`delete from ${live} where entity = 'shop-19' returning *`)
  try {
    const summaries = await runShards(4)
    const total = (of: 'compared' | 'mismatches' | 'missing' | 'overdue') =>
      sum(summaries.map(({ parity }) => parity[of]))
    expect([total('compared'), total('mismatches'), total('missing'), total('overdue')]).toEqual([SHOPS - 1, 3, 1, 1])
    expect(summaries.flatMap(({ parity }) => parity.entities).sort()).toEqual(
      ['shop-04', 'shop-09', 'shop-14', 'shop-14', 'shop-19'], // shop-14's row is overdue, and no longer what a recomputation gives
    )
  } finally {
    await shops.db.query(`update ${live} set orders_7d = orders_7d - 1 where entity in ('shop-04', 'shop-09')`)
    await shops.db.query(`insert into ${live} select * from jsonb_populate_record(null::${live}, $1)`, [gone[0]])
  }
})

test('what another division of the day writes at the same moment is replaced, though it was not there to be removed', async () => {
  await runDailyAggregation(shops)
  const whole = await dailyRows()
  const { rows: written } = await shops.db.query(`delete from ${daily} returning *`)
  await shops.db.query('truncate mp_run, mp_run_failure')
  const other = await shops.db.connect()
  await other.query('begin')
  await other.query(`insert into ${daily} select * from jsonb_populate_record(null::${daily}, $1)`, [written[0]])

  const run = runDailyAggregation({ ...shops, batchSize: 1, retryDelayMs: 0 })
  await eventually(async () => expect(await sessionsInWait()).toBe(1))
  await other.query('commit')
  other.release()
  expect(await run).toMatchObject({ successful: SHOPS, failed: 0 })
  expect(await dailyRows()).toEqual(whole)
})

async function sessionsInWait(): Promise<number> {
  const { rows } = await shops.db.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  )
  return rows.length
}

test('shards that find no entities left do nothing, and fail at nothing', async () => {
  const summaries = await runShards(3)
  expect(sum(summaries.map(({ successful }) => successful))).toBe(SHOPS)

  await shops.db.query(`truncate ${live}, ${daily}, mp_run, mp_run_failure, mp_run_range`)
  const empty = await runShards(3)
  expect(sum(empty.map(({ total }) => total))).toBe(0)
  expect(sum(empty.map(({ parity }) => parity.missing))).toBe(SHOPS)
})

test('a program cannot ask for a shard of a dry run either', async () => {
  await expect(runDailyAggregation({ ...shops, dryRun: true, shards: 2 })).rejects.toThrow('--dry-run writes nothing')
  expect(await shops.count('mp_run_range')).toBe(0)
})
