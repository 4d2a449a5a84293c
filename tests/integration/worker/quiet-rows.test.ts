import { afterEach, expect, test } from 'vitest'
import { createLogger } from '../../../adapters/telemetry/create-logger.ts'
import { Aggregator } from '../../../aggregator/aggregator.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import {
  floorUtcDay,
  formatInstant,
  type Instant,
  MICROS_PER_DAY,
  MICROS_PER_SECOND,
} from '../../../core/time/instant.ts'
import type { WindowAlignment } from '../../../core/time/window.ts'
import { factCreator } from '../../support/create-fact.ts'
import { evaluateAt } from '../../support/evaluate-at.ts'
import { eventually } from '../../support/eventually.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { ratedOrdersPipeline } from '../../support/rated-orders.ts'
import { runProgram } from '../../support/run-program.ts'
import { columnsOf, type StoredRow, storedRows } from '../../support/stored-rows.ts'

// Rows of shops that no event comes for any more: time alone moves orders out of their windows, and into them.

/** All of them have a row that is due. */
const SHOPS = ['a', 'b', 'c', 'd', 'e']

/** Its row stays as it is. */
const LASTING = 'lasting'

const MINUTE = 60 * MICROS_PER_SECOND

let shops: PipelineOnServers

afterEach(() => shops?.[Symbol.asyncDispose]())

interface Order {
  readonly shop: string
  readonly placedAt: Instant
}

/** As if it were this time yesterday, and nothing had happened since: rows are as of then. */
async function openYesterday(alignment: WindowAlignment): Promise<{ orders: readonly Order[]; yesterday: Instant }> {
  shops = await PipelineOnServers.open(ratedOrdersPipeline({ alignment }))
  const now = Date.now() * 1_000
  const yesterday = now - MICROS_PER_DAY
  const start = (alignment === 'UtcDay' ? floorUtcDay(yesterday) : yesterday) - 2 * MICROS_PER_DAY
  const orders = [
    ...SHOPS.flatMap((shop) => [
      { shop, placedAt: start }, // the first instant of two days; since then it has left them
      { shop, placedAt: yesterday - MINUTE },
      { shop, placedAt: yesterday + MINUTE }, // ahead of then
    ]),
    { shop: LASTING, placedAt: yesterday - MINUTE },
  ]
  const worker = await shops.startWorker()
  await publish(orders)
  await shops.caughtUp()
  await worker.stop()
  await evaluateAt({ pool: shops.db, pipeline: shops.pipeline }, [...SHOPS, LASTING], yesterday)
  return { orders, yesterday }
}

async function publish(orders: readonly Order[]): Promise<void> {
  await shops.publish(
    orders.map(({ shop, placedAt }, i) => ({
      stream: 'rated:orders',
      type: 'order',
      id: `order ${i}`,
      data: { shop, placedAt: formatInstant(placedAt), cents: 100 },
    })),
  )
}

const rows = () => storedRows(shops.db, shops.pipeline.metricSet)

function expectRowsOfCore(stored: readonly StoredRow[], orders: readonly Order[]): void {
  const set = shops.pipeline.metricSet
  const create = factCreator(set)
  const live = liveFacts(
    set,
    orders.map(({ shop, placedAt }, i) =>
      create('order', `order ${i}`, { shop, placedAt: formatInstant(placedAt), cents: 100 }, 1),
    ),
  )
  for (const { entity, asOf, computed } of stored)
    expect(computed).toEqual(columnsOf(set, evaluateEntity(set, live.get(entity) ?? [], asOf)))
}

async function rollWith(program: string, args: readonly string[]): Promise<void> {
  const { code, out } = await runProgram(program, shops, args)
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^5 rows moved on to \d{4}-\d\d-\d\d\n$/) })
}

async function rollInBatches(): Promise<void> {
  const { pipeline, databaseUrl } = shops
  const aggregator = await Aggregator.open({ pipeline, databaseUrl, log: createLogger('silent', 'aggregator') })
  try {
    expect(await aggregator.rollDay(2, new AbortController().signal)).toEqual({ rows: SHOPS.length, failed: [] })
  } finally {
    await aggregator.close()
  }
}

const MOVERS: readonly (readonly [mover: string, alignment: WindowAlignment, move: () => Promise<unknown>])[] = [
  ['a worker that reads no event', 'UtcDay', () => shops.startWorker()],
  ['a worker that reads no event', 'Sliding', () => shops.startWorker()],
  ['mp aggregate --day-roll', 'UtcDay', () => rollWith('cli/mp.mjs', ['aggregate', '--day-roll'])],
  ['the day roll of the aggregator', 'Sliding', () => rollWith('aggregator/main.ts', ['day-roll'])],
  ['the day roll of the library, two at a time', 'UtcDay', rollInBatches],
]

test.each(MOVERS)('rows of yesterday are moved on by %s, windows aligned %s', async (_mover, alignment, move) => {
  const { orders, yesterday } = await openYesterday(alignment)
  const before = await rows()
  expectRowsOfCore(before, orders)
  expect(before).toMatchObject(
    [...SHOPS, LASTING].map((entity) => ({
      entity,
      asOf: yesterday,
      computed: { facts: entity === LASTING ? '1' : '3' },
    })),
  )
  await move()
  await eventually(async () => {
    const moved = (await rows()).filter(({ asOf }) => asOf > yesterday)
    expect(moved.map(({ entity }) => entity)).toEqual(SHOPS)
  })
  const after = await rows()
  expectRowsOfCore(after, orders)
  for (const { entity, computed } of after)
    expect(computed).toMatchObject(entity === LASTING ? { orders_2d: '1' } : { orders_2d: '2', orders_7d: '3' })
  expect(await shops.parity()).toMatchObject({ mismatches: 0, overdue: 0 })
})

test.each<WindowAlignment>(['UtcDay', 'Sliding'])(
  'while a worker runs, an order dated ahead enters its row by itself, windows aligned %s',
  async (alignment) => {
    shops = await PipelineOnServers.open(ratedOrdersPipeline({ alignment }))
    await shops.startWorker()
    const ahead = Date.now() * 1_000 + 2 * MICROS_PER_SECOND
    const orders = [
      { shop: 'a', placedAt: ahead },
      { shop: 'a', placedAt: ahead - 7 * MICROS_PER_DAY - 1 }, // leaves sliding windows when the other one enters
    ]
    await publish(orders)
    await shops.caughtUp()
    expectRowsOfCore(await rows(), orders)
    await eventually(async () => {
      const [row] = await rows()
      expect(row?.asOf).toBeGreaterThan(ahead)
      expect(row?.computed).toMatchObject({ orders_2d: '1', orders_7d: alignment === 'UtcDay' ? '2' : '1' })
    })
    expectRowsOfCore(await rows(), orders)
  },
)
