import { expect, test } from 'vitest'
import { countOpenWork } from '../../../adapters/postgres/open-work.ts'
import { captureLog } from '../../support/captured-log.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { order } from '../../support/shop-orders.ts'
import { shopPipelineOverTable } from '../aggregator/shops-over-table.ts'

// An existing table may hold what no event could have brought, and no row can be computed from.

const POISONED = 'shop-013'

const kilos = (value: string) => `update orders set kilos = ${value} where shop = '${POISONED}'`

/** A minute of the worker's is over in less than a second. */
const hurried = { now: () => Date.now() * 1_000, monotonicMs: () => performance.now() * 100 }

test('an entity that cannot be computed holds up none of the others, and is computed once it is mended', async () => {
  const { pipeline, prepare } = shopPipelineOverTable(20)
  await using shops = await PipelineOnServers.open(pipeline, { prepare: `${prepare}; ${kilos('1e30')}` })
  await shops.startWorker({ clock: hurried })
  await eventually(async () => expect(await shops.rows()).toHaveLength(19))
  expect(await shops.count('mp_mark')).toBe(1)
  await shops.db.query(kilos('1'))
  await shops.caughtUp()
  expect(await shops.rows()).toHaveLength(20)
})

test('however many events come for it, it is tried once in a while only', async () => {
  const { pipeline, prepare } = shopPipelineOverTable(20)
  await using shops = await PipelineOnServers.open(pipeline, { prepare: `${prepare}; ${kilos('1e30')}` })
  const { log, lines } = captureLog()
  await shops.startWorker({ log })
  await eventually(async () => expect(await shops.rows()).toHaveLength(19))
  for (let n = 0; n < 5; n += 1) {
    await shops.publish([{ ...order(n), data: { ...order(n).data, id: `new-${n}`, shop: POISONED } }])
    await eventually(async () => expect(await shops.counts()).toMatchObject({ marked: n + 1 }))
  }
  await shops.db.query(kilos('1'))
  await shops.publish([{ ...order(0), data: { ...order(0).data, id: 'other', shop: 'shop-000' } }])
  await eventually(async () => expect(await shops.count('mp_mark')).toBe(1)) // its own, still left alone
  expect(lines.filter((line) => line.includes('cannot be computed'))).toHaveLength(1)
})

test('nor does it hold up a day roll, which names it', async () => {
  const { pipeline, prepare } = shopPipelineOverTable(20)
  await using shops = await PipelineOnServers.open(pipeline, { prepare })
  const worker = await shops.startWorker()
  await shops.caughtUp()
  await worker.stop()
  await shops.db.query(`${kilos('1e30')}; update shop_metrics set next_change_at = now() - interval '1 hour'`)
  const { code, out, err } = await runProgram('aggregator/main.ts', shops, ['day-roll'])
  expect({ code, err }).toEqual({ code: 1, err: `${POISONED}: bigint out of range\n` })
  expect(out).toMatch(/^19 rows moved on/)
  expect(await countOpenWork(shops.db, pipeline.metricSet)).toEqual({ marks: 0, references: 0, rows: 1 })
})

test.each(['NaN', 'Infinity', '-Infinity'])('%s in an existing table is no value', async (value) => {
  const { pipeline, prepare } = shopPipelineOverTable(2)
  const odd = `update orders set kilos = '${value}' where shop = 'shop-001' and id like '%-1'`
  await using shops = await PipelineOnServers.open(pipeline, { prepare: `${prepare}; ${odd}` })
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject([{ acc_mass_7d: '4500' }, { acc_mass_7d: '3000', acc_orders_7d: '3' }])
})
