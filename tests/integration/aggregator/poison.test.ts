import { afterAll, beforeAll, expect, test } from 'vitest'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { shopPipelineOverTable } from './shops-over-table.ts'

// A value that no row can be computed from: an existing table holds what no event could have brought.

const SHOPS = 20

const POISONED = 'shop-013'

let shops: PipelineOnServers

beforeAll(async () => {
  const { pipeline, prepare } = shopPipelineOverTable(SHOPS)
  shops = await PipelineOnServers.open(pipeline, { prepare })
  const worker = await shops.startWorker()
  await shops.caughtUp()
  await worker.stop()
  await shops.db.query("update orders set kilos = 1e30 where shop = $1 and id like '%-1'", [POISONED])
})

afterAll(() => shops?.[Symbol.asyncDispose]())

test('one entity that cannot be computed is named with its reason, and its neighbours are written', async () => {
  const { code, out } = await runProgram('aggregator/main.ts', shops)
  expect(code).toBe(1)
  expect(out).toMatch(/\nTotal shops: 20\nSuccessful: 19\nFailed: 1\n/)
  expect(out).toContain('\nSuccess rate: 95.00%\n')
  expect(out).toMatch(new RegExp(`\nErrors:\n  ${POISONED}: bigint out of range \\(1 attempts\\)\n`))
  const { rows } = await shops.db.query<{ entity: string }>('select entity from shop_metrics_daily order by 1')
  expect(rows).toHaveLength(SHOPS - 1)
  expect(rows.map(({ entity }) => entity)).not.toContain(POISONED)
})

test('its live row alone is at fault, for nothing can prove it', async () => {
  const { out } = await runProgram('aggregator/main.ts', shops, ['--json'])
  expect(JSON.parse(out).parity).toEqual({
    compared: SHOPS,
    mismatches: 1,
    missing: 0,
    overdue: 0,
    entities: [POISONED],
  })
})

test('the failure is kept with the run', async () => {
  const { rows } = await shops.db.query(
    'select r.state, r.failed, f.entity, f.error from mp_run r join mp_run_failure f on f.run_id = r.id order by r.id limit 1',
  )
  expect(rows).toEqual([{ state: 'failed', failed: 1, entity: POISONED, error: 'bigint out of range' }])
})

test('once it is mended, the next run succeeds', async () => {
  await shops.db.query('update orders set kilos = 1 where shop = $1', [POISONED])
  const { code, out } = await runProgram('aggregator/main.ts', shops, ['--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ successful: SHOPS, failed: 0, parity: { compared: SHOPS, mismatches: 0 } })
})
