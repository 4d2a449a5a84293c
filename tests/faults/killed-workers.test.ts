import { describe, expect, test } from 'vitest'
import { CommitGate } from '../support/commit-gate.ts'
import { eventually } from '../support/eventually.ts'
import { expectInvariants } from '../support/expect-invariants.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'

// kill -9 at the worst moments, and the next worker. In the table of docs/delivery-guarantees.md: 1 to 5.

const KILLS = 17

/** Sooner than the database gives up a lock that it waits for. */
const NOTICED_WITHIN_MS = 15_000

describe.concurrent('a worker that is killed', { timeout: 180_000 }, () => {
  test('with entries in hand and nothing written leaves them to whoever takes its shards', async () => {
    await using fleet = await WorkerFleet.open()
    await using toPostgres = await TcpProxy.to(fleet.shops.databaseUrl)
    const victim = await fleet.start('victim', { databaseUrl: toPostgres.url })
    await fleet.start('heir')
    await fleet.shared({ heir: 2, victim: 2 })
    const producer = new OrderProducer(fleet.shops)
    toPostgres.stall(['requests'])
    await producer.publish(200)
    await eventually(async () => expect((await victim.counts()).read).toBeGreaterThan(0))
    await victim.kill()
    await fleet.shared({ heir: 4 })
    await expectInvariants(fleet, producer)
  })

  test('between its commit and its acknowledgement changes nothing by being repeated', async () => {
    await using fleet = await WorkerFleet.open()
    await using toRedis = await TcpProxy.to(fleet.shops.redisUrl)
    const victim = await fleet.start('victim', { redisUrl: toRedis.url })
    await fleet.shared({ victim: 4 })
    const producer = new OrderProducer(fleet.shops)
    await producer.publish(100)
    await fleet.shops.caughtUp()
    await using gate = await CommitGate.install(fleet.shops.db)
    await producer.publish(100)
    await gate.holds(1) // what was read is known to be in hand: nothing more will be, nor acknowledged
    toRedis.stall(['requests'])
    await gate.open()
    const committed = await eventually(async () => {
      const facts = await fleet.shops.count('fact_order')
      expect(facts).toBeGreaterThan(100)
      return facts - 100
    })
    await victim.kill()
    expect(await fleet.pending()).toBeGreaterThanOrEqual(committed)
    const heir = await fleet.start('heir')
    await fleet.shops.caughtUp()
    expect((await heir.counts()).duplicate).toBeGreaterThanOrEqual(committed)
    await expectInvariants(fleet, producer)
  })

  test('in the middle of its commit leaves nothing half done, and nothing locked', async () => {
    await using fleet = await WorkerFleet.open()
    const victim = await fleet.start('victim')
    await fleet.shared({ victim: 4 })
    await using gate = await CommitGate.install(fleet.shops.db)
    const producer = new OrderProducer(fleet.shops)
    await producer.publish(200)
    await gate.holds(1)
    await victim.kill()
    await gate.holds(0, { withinMs: NOTICED_WITHIN_MS })
    expect(await fleet.shops.count('fact_order')).toBe(0)
    expect(await fleet.positions()).toEqual(['0-0', '0-0', '0-0', '0-0'])
    await gate.open()
    await fleet.start('heir')
    await expectInvariants(fleet, producer)
  })

  test('while entities wait to be quiet leaves them to whoever is there', async () => {
    await using fleet = await WorkerFleet.open({ quiet: '10s' }) // far longer than it takes until all are marked
    const victim = await fleet.start('victim')
    await fleet.shared({ victim: 4 })
    const producer = new OrderProducer(fleet.shops)
    await producer.publish(200)
    await eventually(async () => {
      expect(await fleet.shops.count('mp_mark')).toBe(20)
      expect(await fleet.pending()).toBe(0)
    })
    await victim.kill()
    expect(await fleet.shops.count('shop_metrics')).toBe(0)
    await fleet.start('heir')
    await expectInvariants(fleet, producer)
  })

  test('again and again under load, one after the other, makes nothing count twice', async () => {
    await using fleet = await WorkerFleet.open()
    const producer = new OrderProducer(fleet.shops)
    const workers = [await fleet.start('worker-0'), await fleet.start('worker-1')]
    {
      await using _ = producer.flow()
      for (let kill = 0; kill < KILLS; kill += 1) {
        const facts = await fleet.shops.count('fact_order')
        const which = kill % 2
        await workers[which]?.kill()
        workers[which] = await fleet.start(`worker-${which}`)
        await eventually(async () => expect(await fleet.shops.count('fact_order')).toBeGreaterThan(facts))
      }
    }
    await expectInvariants(fleet, producer)
  })
})
