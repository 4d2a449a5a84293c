import { describe, expect, test } from 'vitest'
import { encodeEvent } from '../../adapters/redis/event-producer.ts'
import { eventually } from '../support/eventually.ts'
import { expectInvariants } from '../support/expect-invariants.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { order } from '../support/shop-orders.ts'
import { WorkerClock } from '../support/worker-clock.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'
import type { WorkerProcess } from '../support/worker-process.ts'

// Clocks that are wrong, and clocks that are set. In the table of docs/delivery-guarantees.md: 18.

const HOUR_MS = 3_600_000

/** How long orders took to be seen in their rows, in seconds: the mean of all so far. */
async function freshness(worker: WorkerProcess): Promise<{ readonly sum: number; readonly count: number }> {
  const samples = await worker.samples()
  const read = (part: string) => samples.get(`mp_worker_freshness_seconds_${part}`) ?? 0
  return { sum: read('sum'), count: read('count') }
}

describe.concurrent('a clock', { timeout: 180_000 }, () => {
  test('that is an hour off, or steps by a day while its worker works, moves no shard and no window', async () => {
    await using fleet = await WorkerFleet.open({ quiet: '1s' })
    await using ahead = await WorkerClock.offBy(HOUR_MS)
    await using behind = await WorkerClock.offBy(-HOUR_MS)
    await using stepping = await WorkerClock.offBy(0)
    await fleet.start('ahead', { environment: ahead.environment })
    await fleet.start('behind', { environment: behind.environment })
    const worker = await fleet.start('stepping', { environment: stepping.environment })
    const isShared = async () => expect(Object.values(await fleet.shares()).sort()).toEqual([1, 1, 2])
    await eventually(isShared)
    const producer = new OrderProducer(fleet.shops)
    const { rows: clock } = await fleet.shops.db.query('select clock_timestamp() as began')
    const tokens = async () =>
      (await fleet.shops.db.query('select shard, owner, fencing_token from mp_shard order by shard')).rows
    const held = await tokens()
    {
      await using _flow = producer.flow()
      for (const offset of [24 * HOUR_MS, -24 * HOUR_MS, HOUR_MS, 0]) {
        await stepping.set(worker, offset)
        const { persisted } = await worker.counts()
        await eventually(async () => expect((await worker.counts()).persisted).toBeGreaterThan(persisted + 50))
      }
    }
    await fleet.shops.caughtUp()
    expect(await tokens()).toEqual(held)
    const { rows } = await fleet.shops.db.query(
      'select from shop_metrics where as_of not between $1 and clock_timestamp()',
      [clock[0].began],
    )
    expect(rows).toEqual([])
    await expectInvariants(fleet, producer)
  })

  test('that is set right takes effect at once in what its worker says of freshness', async () => {
    await using fleet = await WorkerFleet.open()
    await using clock = await WorkerClock.offBy(HOUR_MS)
    const worker = await fleet.start('worker-0', { environment: clock.environment })
    await clock.set(worker, 0)
    const producer = new OrderProducer(fleet.shops)
    await producer.publish(100)
    await fleet.shops.caughtUp()
    const before = await eventually(async () => {
      const seen = await freshness(worker)
      expect(seen.count).toBeGreaterThan(0)
      return seen
    })
    const justNow = { ...order(0), id: 'just-now', stream: 'shop:{0}', time: new Date().toISOString() }
    await fleet.shops.publish([justNow])
    await eventually(async () => expect((await freshness(worker)).count).toBeGreaterThan(before.count))
    expect((await freshness(worker)).sum - before.sum).toBeLessThan(HOUR_MS / 1_000 / 2)
    await expectInvariants(fleet, { published: [...producer.published, justNow] })
  })

  test('of Redis that was ahead and is set back makes ids that go on from where they were', async () => {
    await using fleet = await WorkerFleet.open()
    await fleet.start('worker-0')
    const producer = new OrderProducer(fleet.shops)
    await producer.publish(100)
    await fleet.shops.caughtUp()
    for (const shard of [0, 1, 2, 3])
      await fleet.shops.redis.xadd(`shop:{${shard}}`, `${Date.now() + HOUR_MS}-5`, ...encodeEvent(order(shard)))
    await producer.publish(100)
    await fleet.shops.caughtUp()
    await fleet.start('worker-1')
    await fleet.shared({ 'worker-0': 2, 'worker-1': 2 })
    await producer.publish(100)
    await fleet.shops.caughtUp()
    expect(await fleet.shops.count('mp_stream_fault')).toBe(0)
    await expectInvariants(fleet, producer)
  })
})
