import { expect, test } from 'vitest'
import { ALIVE_MS } from '../../../adapters/postgres/member-store.ts'
import { CommitGate } from '../../support/commit-gate.ts'
import { eventually } from '../../support/eventually.ts'
import { hasLived } from '../../support/has-lived.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

// What a worker says of itself every second: that it is alive, for how long it was busy, and how many entries it is done with.

const SHARDED = { prefix: 'shop', shards: 4 }

interface Member {
  readonly consumer: string
  readonly started: string
  readonly seconds: number
  readonly busy: number
  readonly entries: number
}

async function members({ db }: PipelineOnServers): Promise<readonly Member[]> {
  const { rows } = await db.query<Member>(
    `select consumer, started_at::text as started, extract(epoch from heartbeat_at)::float8 as seconds, busy_ms::float8 / 1000 as busy,
            entries_done::int as entries from mp_member order by consumer`,
  )
  return rows
}

/** Of the only worker. */
async function member(shops: PipelineOnServers): Promise<Member> {
  const all = await members(shops)
  expect(all).toHaveLength(1)
  return all[0] as Member
}

test.each([
  ['plain streams', undefined],
  ['shards', SHARDED],
])(
  'a worker of %s tells of every entry that it is done with, and of no work while there is none',
  async (_of, sharded) => {
    await using shops = await PipelineOnServers.open(shopPipeline({ sharded }))
    const worker = await shops.startWorker()
    await hasLived(shops, 'worker-0', 2)
    expect(await member(shops)).toMatchObject({ entries: 0, busy: 0 })
    const published = orders(0, 300).map(({ stream: _, ...event }) => event)
    await shops.publish([...published, ...published.slice(0, 50)])
    await shops.caughtUp()
    await eventually(async () => expect(await member(shops)).toMatchObject({ entries: 350 }))
    await hasLived(shops, 'worker-0', 1)
    const after = await member(shops)
    expect(after.busy).toBeGreaterThan(0)
    await hasLived(shops, 'worker-0', 2)
    expect(await member(shops)).toMatchObject({ started: after.started, busy: after.busy, entries: 350 })
    const { body } = await worker.metrics.expose()
    expect(body).toContain(`mp_worker_busy_seconds_total`)
    expect(Number(/^mp_worker_busy_seconds_total (.*)$/m.exec(body)?.[1])).toBeCloseTo(after.busy, 2)
  },
)

test.each([
  ['plain streams', undefined],
  ['shards', SHARDED],
])(
  'a worker of %s goes on telling while a batch takes its time, which counts for what it takes',
  async (_of, sharded) => {
    await using shops = await PipelineOnServers.open(shopPipeline({ sharded }))
    await using gate = await CommitGate.install(shops.db)
    await shops.startWorker()
    await shops.publish(orders(0, 10).map(({ stream: _, ...event }) => event))
    await gate.holds(1)
    await hasLived(shops, 'worker-0', 1)
    const before = await member(shops)
    await hasLived(shops, 'worker-0', ALIVE_MS / 1_000 + 1)
    const after = await member(shops)
    const [passed, busy] = [after.seconds - before.seconds, after.busy - before.busy]
    expect(busy).toBeGreaterThan(passed * 0.8)
    expect(busy, 'no more than one second per second').toBeLessThan(passed * 1.2)
    expect(after.entries).toBe(0)
    await gate.open()
    await shops.caughtUp()
    await eventually(async () => expect(await member(shops)).toMatchObject({ entries: 10 }))
  },
)

test('a worker that one entry after the other keeps from idling has time to spare all the same', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.startWorker()
  await shops.publish(orders(0, 5_000))
  await shops.caughtUp()
  await eventually(async () => expect(await member(shops)).toMatchObject({ entries: 5_000 }))
  await hasLived(shops, 'worker-0', 1)
  const before = await member(shops)
  for (const order of orders(5_000, 8_000)) await shops.publish([order])
  await shops.caughtUp()
  const after = await eventually(async () => {
    const seen = await member(shops)
    expect(seen).toMatchObject({ entries: 8_000 })
    return seen
  })
  expect(after.busy - before.busy).toBeLessThan(0.5 * (after.seconds - before.seconds))
})

test('a worker that ends is off the list by then, one that drains is on it', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using gate = await CommitGate.install(shops.db)
  const worker = await shops.startWorker()
  await shops.startWorker({ consumer: 'worker-1' })
  await shops.publish(orders(0, 10))
  await gate.holds(1)
  const stopping = Promise.all([worker.stop(), hasDrained()])
  async function hasDrained() {
    await hasLived(shops, 'worker-0', ALIVE_MS / 1_000 + 1)
    expect(worker.state).toBe('draining')
    await gate.open()
  }
  await stopping
  expect((await members(shops)).map(({ consumer }) => consumer)).toEqual(['worker-1'])
})

test('another process of the same name begins to count anew', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.db.query(
    "insert into mp_member (consumer, started_at, busy_ms, entries_done) values ('worker-0', '2026-01-01Z', 7000000, 9000000)",
  )
  await shops.publish(orders(0, 10))
  await shops.startWorker()
  const { started } = await eventually(async () => {
    const seen = await member(shops)
    expect(seen).toMatchObject({ entries: 10 })
    return seen
  })
  expect(started).not.toMatch(/^2026-01-01/)
  expect((await member(shops)).busy).toBeLessThan(7_000)
})

test('so does a worker whose database was away: waiting for it was no work', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using toPostgres = await TcpProxy.to(shops.databaseUrl)
  await shops.startWorker({ databaseUrl: toPostgres.url })
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  await eventually(async () => expect(await member(shops)).toMatchObject({ entries: 10 }))
  const before = await member(shops)
  toPostgres.cut()
  await shops.publish(orders(10, 20))
  await silentFor(shops, 5)
  toPostgres.restore()
  await shops.caughtUp()
  const after = await eventually(async () => {
    const seen = await member(shops)
    expect(seen).toMatchObject({ entries: 10 })
    expect(seen.started).not.toBe(before.started)
    return seen
  })
  expect(after.busy).toBeLessThan(after.seconds - before.seconds - 2.5) // of the five, up to one is after the last beat that failed
})

/** Resolves once the only worker has said nothing for so long. */
async function silentFor(shops: PipelineOnServers, seconds: number): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await shops.db.query(
      'select from mp_member where heartbeat_at < clock_timestamp() - $1::int * interval $$1 second$$',
      [seconds],
    )
    expect(rowCount).toBe(1)
  })
}
