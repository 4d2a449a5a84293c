import { describe, expect, test } from 'vitest'
import { readDatabaseSignals } from '../../adapters/postgres/read-signals.ts'
import { LEASE_MS } from '../../core/fleet/lease.ts'
import { COURSE, rescale } from '../rescale/rescale.ts'
import { expectInvariants } from '../support/expect-invariants.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { runProgram } from '../support/run-program.ts'
import { type Order, order } from '../support/shop-orders.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'

// Disorder, and workers that come and go. In the table of docs/delivery-guarantees.md: 20 and 21.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const SHARDS = 8

const now = Date.now()
const today = Math.floor(now / DAY_MS) * DAY_MS

/** When orders were placed: at both sides of every edge of every window, of midnight, late by more than a window, and an hour ahead. */
const TIMES = [
  ...[0, 7, 30, 90].flatMap((days) => [today - days * DAY_MS - 1, today - days * DAY_MS, today - days * DAY_MS + 1]),
  ...[8, 31, 91].map((days) => now - days * DAY_MS),
  now - 1,
  now + HOUR_MS,
]

function oddOrder(n: number): Order {
  const plain = order(n)
  return { ...plain, data: { ...plain.data, placedAt: new Date(TIMES[n % TIMES.length] as number).toISOString() } }
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `worker-${i}`)

const shares = (workers: number) => Object.fromEntries(names(workers).map((name) => [name, SHARDS / workers]))

describe.concurrent('a fleet', { timeout: 480_000 }, () => {
  test('grows from one worker to eight and shrinks to two under disorder, while aggregations run', async () => {
    await using fleet = await WorkerFleet.open({ sharded: { prefix: 'shop', shards: SHARDS } })
    const producer = new OrderProducer(fleet.shops, { make: oddOrder })
    await fleet.start('worker-0')
    {
      await using _flow = producer.flow()
      const aggregation = aggregateTwice(fleet)
      await Promise.all(
        names(8)
          .slice(1)
          .map((name) => fleet.start(name)),
      )
      await fleet.shared(shares(8), { withinMs: 60_000 })
      const leaving = fleet.workers.filter(({ name }) => !names(2).includes(name))
      const codes = await Promise.all(leaving.map((worker) => worker.stop()))
      expect(codes).toEqual(codes.map(() => 0))
      await fleet.shared(shares(2))
      await aggregation
      await producer.flowsOn(200)
    }
    const handOvers = await fleet.audit.handOvers()
    expect(handOvers.length).toBeGreaterThanOrEqual(SHARDS)
    expect(Math.max(...handOvers) * 1_000, 'nobody waits for a lease to run out').toBeLessThan(LEASE_MS)
    await expectInvariants(fleet, producer)
  })

  test(`goes from ${COURSE.join(' to ')} workers under load and counts every order once`, async () => {
    await using fleet = await WorkerFleet.open({ sharded: { prefix: 'shop', shards: SHARDS } })
    const producer = new OrderProducer(fleet.shops, { make: oddOrder })
    {
      await using _flow = producer.flow()
      for (const workers of COURSE) await rescale(fleet, producer, workers)
    }
    await expectInvariants(fleet, producer)
  })

  test.each([
    ['shards', { prefix: 'shop', shards: SHARDS }],
    ['plain streams', undefined],
  ])('that reads %s goes from three workers to one, to none and to two under load', async (_of, sharded) => {
    await using fleet = await WorkerFleet.open({ sharded, quiet: '5s' })
    const producer = new OrderProducer(fleet.shops, { make: oddOrder })
    const [last, ...others] = await Promise.all(names(3).map((name) => fleet.start(name)))
    {
      await using _flow = producer.flow()
      await producer.flowsOn()
      expect(await Promise.all(others.map((worker) => worker.stop()))).toEqual([0, 0])
      expect((await membersOf(fleet)).map(({ name }) => name)).toEqual(['worker-0'])
      await producer.flowsOn()
      expect(await last?.stop()).toBe(0)
      expect(await membersOf(fleet)).toEqual([])
      expect(await fleet.pending()).toBe(0)
      expect(await fleet.shares()).toEqual({})
      expect(await fleet.shops.count('mp_mark'), 'marks that are not due are left to others').toBeGreaterThan(0)
      await producer.flowsOn()
    }
    await Promise.all(['worker-3', 'worker-4'].map((name) => fleet.start(name)))
    await expectInvariants(fleet, producer)
  })
})

async function membersOf({ shops }: WorkerFleet) {
  return (await readDatabaseSignals(shops.db, shops.pipeline.metricSet, { countEntities: false })).members
}

/** As on any day, and once more. */
async function aggregateTwice({ shops }: WorkerFleet): Promise<void> {
  for (let run = 0; run < 2; run += 1)
    expect(await runProgram('aggregator/main.ts', shops, ['daily'])).toMatchObject({ code: 0 })
}
