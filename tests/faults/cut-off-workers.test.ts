import { describe, expect, test } from 'vitest'
import { CommitGate } from '../support/commit-gate.ts'
import { eventually } from '../support/eventually.ts'
import { expectInvariants } from '../support/expect-invariants.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'

// Workers that are frozen, or cut off from one server while the other one answers. In the table of docs/delivery-guarantees.md: 6 to 9.

/** A server that was replaced without a word is noticed by its silence, which may last as long as the longest statement. */
const SILENCE_MS = 100_000

/** A fleet of two with two shards each, one of which reaches its servers by ways that can be closed. */
async function openPair(environment: Readonly<Record<string, string>> = {}) {
  const resources = new AsyncDisposableStack()
  try {
    const fleet = resources.use(await WorkerFleet.open())
    const toPostgres = resources.use(await TcpProxy.to(fleet.shops.databaseUrl))
    const toRedis = resources.use(await TcpProxy.to(fleet.shops.redisUrl))
    const victim = await fleet.start('victim', { databaseUrl: toPostgres.url, redisUrl: toRedis.url, environment })
    await fleet.start('other')
    await fleet.shared({ other: 2, victim: 2 })
    const dispose = () => resources.disposeAsync()
    return {
      fleet,
      victim,
      toPostgres,
      toRedis,
      producer: new OrderProducer(fleet.shops),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await resources.disposeAsync()
    throw error
  }
}

describe.concurrent('a worker', { timeout: 240_000 }, () => {
  test('that is frozen in the middle of a commit, until others have done all its work, is fenced when it goes on', async () => {
    await using pair = await openPair()
    const { fleet, victim, producer } = pair
    {
      await using gate = await CommitGate.install(fleet.shops.db)
      await producer.publish(200)
      await gate.holds(2)
      victim.freeze()
      await gate.open()
    }
    await fleet.shared({ other: 4 })
    await producer.publish(100)
    await fleet.shops.caughtUp()
    victim.thaw()
    await eventually(async () => expect((await victim.counts()).fenced).toBeGreaterThan(0))
    await fleet.shared({ other: 2, victim: 2 })
    await producer.publish(100)
    await expectInvariants(fleet, producer)
  })

  test('that is frozen while a read is under way leaves nothing undelivered', async () => {
    await using pair = await openPair()
    const { fleet, victim, producer } = pair
    await producer.publish(100)
    await fleet.shops.caughtUp()
    victim.freeze()
    await producer.publish(100) // some of it is delivered to nobody but the frozen one
    await fleet.shared({ other: 4 })
    await fleet.shops.caughtUp()
    await producer.publish(100)
    victim.thaw()
    await fleet.shared({ other: 2, victim: 2 })
    await expectInvariants(fleet, producer)
  })

  test('cut off from PostgreSQL alone stops reading, acknowledges nothing, and is replaced', async () => {
    await using pair = await openPair()
    const { fleet, victim, toPostgres, producer } = pair
    {
      await using _ = producer.flow()
      toPostgres.stall()
      await fleet.shared({ other: 4 })
      const { read } = await victim.counts()
      await producer.flowsOn(400)
      expect((await victim.counts()).read).toBe(read)
      toPostgres.restore()
      await fleet.shared({ other: 2, victim: 2 })
    }
    await expectInvariants(fleet, producer)
  })

  test('told to stop while PostgreSQL does not answer ends with its grace period, and loses nothing', async () => {
    await using pair = await openPair({ DRAIN_SECONDS: '2' })
    const { fleet, victim, toPostgres, producer } = pair
    {
      await using _ = producer.flow()
      await producer.flowsOn(100)
      toPostgres.stall()
      expect(await victim.stop()).toBe(1)
      await fleet.shared({ other: 4 })
    }
    await expectInvariants(fleet, producer)
  })

  test('cut off from Redis alone leaves its shards to others, and comes back with new connections', async () => {
    await using pair = await openPair()
    const { fleet, victim, toRedis, producer } = pair
    {
      await using _ = producer.flow()
      await toRedis.stallAt('BLOCK') // a read waits for entries
      await fleet.shared({ other: 4 })
      await eventually(() => expect(victim.log).toContain('read-hung'))
      await eventually(() => expect(victim.log).toContain('shards are left to others'))
      const taken = victim.log.split('shard taken').length
      await producer.flowsOn(1_000)
      expect(victim.log.split('shard taken').length, 'it takes none that it could not read').toBe(taken)
      toRedis.restore()
      await fleet.shared({ other: 2, victim: 2 })
    }
    await expectInvariants(fleet, producer)
  })

  test.each(['toPostgres', 'toRedis'] as const)(
    'whose server is replaced without a word (%s) finds the new one',
    async (way) => {
      await using pair = await openPair()
      const { fleet, victim, producer } = pair
      {
        await using _ = producer.flow()
        pair[way].abandon()
        await producer.flowsOn(400)
        const { persisted } = await victim.counts()
        const goesOn = async () => expect((await victim.counts()).persisted).toBeGreaterThan(persisted)
        await eventually(goesOn, { withinMs: SILENCE_MS })
        await fleet.shared({ other: 2, victim: 2 }, { withinMs: SILENCE_MS })
        // A worker that is told to stop waits for each statement, for longer than a grace period where its server is gone
        await eventually(() => expect(pair[way].abandoned).toBe(0), { withinMs: SILENCE_MS })
      }
      await expectInvariants(fleet, producer)
    },
  )

  test.each([
    ['and its connection ends', true],
    ['while its connection stays', false],
  ])('to which an answer with entries gets lost, %s, finds them by itself', async (_how, ends) => {
    await using pair = await openPair()
    const { fleet, victim, toRedis, producer } = pair
    const lost = toRedis.swallow('order-')
    await producer.publish(200)
    await lost
    if (ends) toRedis.interrupt()
    await fleet.shops.caughtUp()
    expect(victim.running).toBe(true)
    await expectInvariants(fleet, producer)
  })
})
