import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { EventProducer } from '../../adapters/redis/event-producer.ts'
import type { RedisClient } from '../../adapters/redis/redis-client.ts'
import { eventually } from '../support/eventually.ts'
import { expectInvariants } from '../support/expect-invariants.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { OwnServer } from '../support/own-server.ts'
import { orders } from '../support/shop-orders.ts'
import { SmallDisk } from '../support/small-disk.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'

// Redis goes away, loses data, or takes no more. In the table of docs/delivery-guarantees.md: 10 to 14.

/** Redis writes to its disk once a second: what was published within the last two may be gone with it. */
const UNCERTAIN = 1_000

const STREAMS = [0, 1, 2, 3].map((shard) => `shop:{${shard}}`)

/** Workers try again after pauses that grow: this many lines a minute are no busy loop. */
const MOST_WARNINGS = 60

async function openFleet(redisUrl: string) {
  const fleet = await WorkerFleet.open({ servers: { redisUrl } })
  try {
    const workers = [await fleet.start('worker-0'), await fleet.start('worker-1')]
    await fleet.shared({ 'worker-0': 2, 'worker-1': 2 })
    return { fleet, workers, producer: new OrderProducer(fleet.shops) }
  } catch (error) {
    await fleet[Symbol.asyncDispose]()
    throw error
  }
}

/** Streams with an open fault of this kind. */
async function faulty(fleet: WorkerFleet, kind: string): Promise<readonly string[]> {
  const { rows } = await fleet.shops.db.query<{ stream: string }>(
    'select stream from mp_stream_fault where kind = $1 and healed_at is null order by stream',
    [kind],
  )
  return rows.map(({ stream }) => stream)
}

describe.concurrent('Redis', { timeout: 180_000 }, () => {
  test('is killed and comes back with its file: what it had on its disk is read on, without help', async () => {
    await using redis = await OwnServer.redis()
    const { fleet, producer } = await openFleet(redis.url)
    await using _ = fleet
    {
      await using _flow = producer.flow()
      await producer.flowsOn(UNCERTAIN + 500)
      await redis.kill()
      const certain = producer.published.length - UNCERTAIN
      await redis.startAgain()
      await producer.flowsOn()
      await producer.publishFrom(certain)
    }
    await expectInvariants(fleet, producer)
  })

  test('is replaced by a copy that lacks the last entries: that is noticed, and nothing is skipped', async () => {
    await using main = await OwnServer.redis({ durable: false })
    await using copy = await OwnServer.redis({ durable: false })
    await using replication = await TcpProxy.to(main.url)
    await using toRedis = await TcpProxy.to(main.url)
    await using promoted = await Copy.of(copy.url, replication.url)
    const { fleet, producer } = await openFleet(toRedis.url)
    await using _ = fleet
    await producer.publish(300)
    await fleet.shops.caughtUp()
    await promoted.hasEverythingOf(fleet.shops.redis)
    replication.stall()
    await producer.publish(300)
    await fleet.shops.caughtUp()
    toRedis.cut()
    await main.kill()
    await promoted.promote()
    toRedis.retarget(copy.url)
    toRedis.restore()
    await eventually(async () => expect(await faulty(fleet, 'stream-regressed')).toEqual(STREAMS))
    await producer.publish(300)
    await expectInvariants(fleet, producer)
  })

  test('hands over to a copy and lives on as its copy, where nothing can be written: workers follow', async () => {
    await using main = await OwnServer.redis({ durable: false })
    await using copy = await OwnServer.redis({ durable: false })
    await using toRedis = await TcpProxy.to(main.url)
    await using promoted = await Copy.of(copy.url, main.url)
    const { fleet, producer } = await openFleet(toRedis.url)
    await using _ = fleet
    await producer.publish(300)
    await fleet.shops.caughtUp()
    await promoted.hasEverythingOf(fleet.shops.redis)
    toRedis.retarget(copy.url) // for new connections; those that there are stay
    await promoted.promote()
    const { hostname, port } = new URL(copy.url)
    const former = new Redis(main.url)
    await former.config('SET', 'masterauth', new URL(main.url).password)
    await former.replicaof(hostname, Number(port))
    former.disconnect()
    await producer.publish(300)
    fleet.shops.redis.disconnect(true)
    await expectInvariants(fleet, producer)
  })

  test('is emptied: groups are made again, without a storm of errors, and what is published again counts once', async () => {
    await using redis = await OwnServer.redis({ durable: false })
    const { fleet, workers, producer } = await openFleet(redis.url)
    await using _ = fleet
    {
      await using _flow = producer.flow()
      await producer.flowsOn(UNCERTAIN + 500)
      await fleet.shops.redis.flushall()
      await producer.flowsOn()
      await producer.publishFrom(0) // what had not been read is in no stream any more
    }
    await eventually(async () => expect(await faulty(fleet, 'group-recreated')).toEqual(STREAMS))
    for (const { log } of workers) expect(log.split('"warn"').length).toBeLessThan(MOST_WARNINGS)
    await expectInvariants(fleet, producer)
  })

  test('is trimmed by a stranger past what was read: that is noticed, and what is published again counts', async () => {
    await using redis = await OwnServer.redis({ durable: false })
    const { fleet, workers, producer } = await openFleet(redis.url)
    await using _ = fleet
    await producer.publish(200)
    await fleet.shops.caughtUp()
    for (const worker of workers) worker.freeze()
    await producer.publish(600)
    for (const stream of STREAMS) await fleet.shops.redis.xtrim(stream, 'MAXLEN', 10)
    for (const worker of workers) worker.thaw()
    await eventually(async () => expect(await faulty(fleet, 'entries-trimmed')).toEqual(STREAMS))
    await fleet.shops.caughtUp()
    expect(await fleet.shops.count('fact_order')).toBeLessThan(800)
    expect(await fleet.shops.parity()).toMatchObject({ mismatches: 0, missing: 0 })
    await producer.publishFrom(200)
    await expectInvariants(fleet, producer)
  })

  test('has no room on its disk: producers are told, workers wait, and all go on when there is room', async () => {
    await using disk = await SmallDisk.mount(16)
    await using redis = await OwnServer.redis({ dataDir: disk?.folder })
    const { fleet, workers, producer } = await openFleet(redis.url)
    await using _ = fleet
    await producer.publish(300)
    const other = await EventProducer.connect(redis.url, { pipeline: fleet.shops.pipeline })
    await using full = await refuseWrites(fleet.shops.redis, disk)
    {
      await using _flow = producer.flow()
      const refused = other.publish(orders(0, 1).map(({ stream: _stream, ...event }) => event))
      await expect(refused).rejects.toMatchObject({ name: 'PublishError', published: 0, cause: { name: 'ReplyError' } })
      await other.close()
      await fleet.shared({}) // nobody holds what nobody can read
      await full[Symbol.asyncDispose]()
      await producer.flowsOn()
    }
    for (const { log } of workers) expect(log.split('"warn"').length).toBeLessThan(MOST_WARNINGS)
    await expectInvariants(fleet, producer)
  })
})

/** No room; or, where no small disk could be had, too few copies for the server to take anything: the same for all its clients. */
async function refuseWrites(redis: RedisClient, disk: SmallDisk | undefined): Promise<AsyncDisposable> {
  await (disk === undefined ? redis.config('SET', 'min-replicas-to-write', 1) : disk.fill())
  await eventually(() => expect(redis.set('probe', 1)).rejects.toThrow(/MISCONF|NOREPLICAS/))
  let isFull = true
  return {
    async [Symbol.asyncDispose]() {
      if (!isFull) return
      isFull = false
      await (disk === undefined ? redis.config('SET', 'min-replicas-to-write', 0) : disk.free())
    },
  }
}

/** A Redis that copies another one, until it takes its place. */
class Copy implements AsyncDisposable {
  readonly #redis: Redis
  readonly #password: string

  private constructor(redis: Redis, password: string) {
    this.#redis = redis
    this.#password = password
  }

  static async of(url: string, mainUrl: string): Promise<Copy> {
    const { hostname, port, password } = new URL(mainUrl)
    const redis = new Redis(url)
    await redis.config('SET', 'masterauth', password)
    await redis.replicaof(hostname, Number(port))
    return new Copy(redis, password)
  }

  async hasEverythingOf(main: RedisClient): Promise<void> {
    await main.set('copied', 1)
    await eventually(async () => expect(await main.wait(1, 1_000)).toBe(1))
  }

  /** Under the password of the other one, so that its clients find no difference. */
  async promote(): Promise<void> {
    await this.#redis.replicaof('NO', 'ONE')
    await this.#redis.config('SET', 'requirepass', this.#password)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect()
  }
}
