import type { PoolClient } from 'pg'
import { expect, test } from 'vitest'
import { EventProducer, encodeEvent } from '../../../adapters/redis/event-producer.ts'
import type { Worker, WorkerOptions } from '../../../worker/create-worker.ts'
import { captureLog } from '../../support/captured-log.ts'
import { eventually } from '../../support/eventually.ts'
import { OwnServer } from '../../support/own-server.ts'
import { PipelineOnServers, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { RotatingUser } from '../../support/rotating-user.ts'
import { freshRedis } from '../../support/servers.ts'
import { ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, order, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

// Trouble with servers. Whatever it is, it loses nothing, sets nothing aside and ends no worker: when it is over, every order is counted
// once. Entries are never claimed here: what a worker was given it finds by itself, without being restarted.

const GROUP = 'shops'

const NEVER_CLAIM = '1d'

type Order = ReturnType<typeof order>

/** Everything is as if nothing had happened. */
async function expectExactlyOnce(shops: PipelineOnServers, worker: Worker, published: readonly Order[]): Promise<void> {
  await shops.caughtUp()
  expect(worker.state).toBe('running')
  expect(await shops.letters()).toEqual([])
  expect(await shops.rows()).toMatchObject(expectedRows(published))
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0 })
  const counts = await shops.counts()
  expect(counts.persisted + counts.duplicate).toBe(counts.read)
  expect(sumOfOutcomes(counts)).toBe(counts.read)
}

/** A transaction that holds up every commit which touches the orders it has locked, until it is disposed of. */
class Locks implements AsyncDisposable {
  readonly #client: PoolClient

  private constructor(client: PoolClient) {
    this.#client = client
  }

  static async on(shops: PipelineOnServers, id: string): Promise<Locks> {
    const locks = new Locks(await shops.db.connect())
    await locks.#client.query("begin; set local deadlock_timeout = '1min'") // in a circle the worker is to notice first
    await locks.add(id)
    return locks
  }

  async add(id: string): Promise<void> {
    await this.#client.query('select from fact_order where id = $1 for update', [id])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.query('rollback')
    this.#client.release()
  }
}

async function someCommitWaits(shops: PipelineOnServers): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await shops.db.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    expect(rowCount).toBeGreaterThan(0)
  })
}

const EVENTS = 1_000

/** Half of the orders are published before the trouble and half of them during it. */
async function flow(
  shops: PipelineOnServers,
  options: Partial<WorkerOptions>,
  trouble: (worker: Worker) => Promise<void>,
): Promise<void> {
  const [first, second] = [orders(0, EVENTS / 2), orders(EVENTS / 2, EVENTS)]
  await shops.publish(first)
  const worker = await shops.startWorker(options)
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(0))
  await Promise.all([trouble(worker), publishWhateverItTakes(shops, second)])
  await expectExactlyOnce(shops, worker, [...first, ...second])
}

/** As a producer does whose server is away for a while: what was not taken is published again. */
async function publishWhateverItTakes(shops: PipelineOnServers, events: readonly Order[]): Promise<void> {
  await eventually(async () => {
    const producer = await EventProducer.connect(shops.redisUrl)
    await producer.publish(events).finally(() => producer.close())
  })
}

const PIPELINE = shopPipeline({ claimIdle: NEVER_CLAIM, batchSize: 40 })

test.each([
  '08006 connection_failure',
  '25006 read_only_sql_transaction',
  '28P01 invalid_password',
  '40001 serialization_failure',
  '40P01 deadlock_detected',
  '42501 insufficient_privilege',
  '53100 disk_full',
  '53200 out_of_memory',
  '53300 too_many_connections',
  '55P03 lock_not_available',
  '57014 query_canceled',
  '57P01 admin_shutdown',
  '58030 io_error',
  'XX000 internal_error',
])('a database that answers %s for a while', async (state) => {
  await using shops = await PipelineOnServers.open(PIPELINE)
  await shops.db.query(`
    create table refusing (state text);
    create function refuse() returns trigger language plpgsql as $$ begin
      if exists (select from refusing) then raise exception using errcode = (select state from refusing); end if;
      return null;
    end $$;
    create trigger refuse after insert on fact_order for each statement execute function refuse()`)
  await flow(shops, {}, async (worker) => {
    await shops.db.query('insert into refusing values ($1)', [state.slice(0, 5)])
    await eventually(async () => expect(await commitRetries(worker)).toBeGreaterThan(3))
    await shops.db.query('delete from refusing')
  })
})

test('a database whose sessions are ended again and again', async () => {
  await using shops = await PipelineOnServers.open(PIPELINE)
  await flow(shops, {}, async () => {
    for (const facts of [100, 300, 500, 700]) {
      await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(facts))
      await eventually(async () => expect(await shops.endSessions()).toBeGreaterThan(0))
    }
  })
})

test('a database that only reads for a while', async () => {
  await using shops = await PipelineOnServers.open(PIPELINE)
  const { log, lines } = captureLog()
  const setReadOnly = async (value: 'on' | 'off') => {
    const client = await shops.db.connect()
    await client.query('set default_transaction_read_only = off')
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    await client.query(`alter database ${rows[0]?.name} set default_transaction_read_only = ${value}`)
    client.release()
    await shops.endSessions()
  }
  await flow(shops, { log }, async () => {
    await setReadOnly('on')
    await eventually(() => expect(lines.filter(isRefusal('25006')).length).toBeGreaterThan(1))
    await setReadOnly('off')
  })
})

test('a lock that somebody holds on a fact, and a statement that takes too long because of it', async () => {
  await using shops = await PipelineOnServers.open(PIPELINE)
  const { log, lines } = captureLog()
  await flow(shops, { log }, async () => {
    await using _ = await Locks.on(shops, 'order-0')
    await shops.publish([order(0)])
    await eventually(async () => {
      await shops.db.query(
        "select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
      expect(lines.some(isRefusal('57014'))).toBe(true)
    })
    await someCommitWaits(shops)
  })
})

test('a transaction of somebody else that waits for the commit that waits for it', async () => {
  await using shops = await PipelineOnServers.open(PIPELINE)
  const worker = await shops.startWorker()
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  {
    await using locks = await Locks.on(shops, 'order-5')
    const transaction = shops.redis.multi()
    for (const each of orders(0, 10)) transaction.xadd(ORDERS, '*', ...encodeEvent(each))
    await transaction.exec()
    await someCommitWaits(shops)
    await locks.add('order-1')
  }
  await expectExactlyOnce(shops, worker, orders(0, 10))
  expect(await commitRetries(worker)).toBeGreaterThan(0)
})

test('a database that is killed and comes back', async () => {
  await using postgres = await OwnServer.postgres()
  await using shops = await PipelineOnServers.open(PIPELINE, { databaseUrl: postgres.url })
  const { log, lines } = captureLog()
  await flow(shops, { log }, async () => {
    await postgres.kill()
    await eventually(() => expect(lines.filter(isFailedCommit).length).toBeGreaterThan(1))
    await postgres.startAgain()
  })
})

test('a database that is stopped in good order and comes back', async () => {
  await using postgres = await OwnServer.postgres()
  await using shops = await PipelineOnServers.open(PIPELINE, { databaseUrl: postgres.url })
  const { log, lines } = captureLog()
  await flow(shops, { log }, async () => {
    await postgres.stop()
    await eventually(() => expect(lines.filter(isFailedCommit).length).toBeGreaterThan(1))
    await postgres.startAgain()
  })
})

test('a Redis that is killed and comes back with its data', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  const { log, lines } = captureLog()
  await flow(shops, { log }, async () => {
    await redis.kill()
    await eventually(() => expect(lines.filter(isFailedRead).length).toBeGreaterThan(1))
    await redis.startAgain()
  })
})

test('a Redis that hangs in the middle of the work', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  const { log, lines } = captureLog()
  await flow(shops, { log }, async () => {
    redis.freeze()
    await eventually(() => expect(lines.join()).toMatch(/failed|read-hung/))
    redis.thaw()
  })
})

test('a Redis that hangs while nothing is published, so that a blocking read never returns', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  const { log, lines } = captureLog()
  const worker = await shops.startWorker({ log })
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  redis.freeze()
  await eventually(() => expect(lines.join()).toContain('read-hung'))
  redis.thaw()
  await shops.publish(orders(10, 20))
  await expectExactlyOnce(shops, worker, orders(0, 20))
})

test('a reply with entries that gets lost, while the connection stays', async () => {
  await using redis = await freshRedis()
  await using proxy = await TcpProxy.to(redis.url)
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  await flow(shops, { redisUrl: proxy.url }, () => proxy.swallow('order-765'))
})

test('a Redis that takes no acknowledgements for a while: what is committed is never held to have ended a worker', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  const setUser = (...rules: string[]) => shops.redis.call('ACL', 'SETUSER', 'careful', ...rules)
  await setUser('on', '>geheim', '~*', '&*', '+@all')
  const { log, lines } = captureLog()
  await flow(shops, { log, redisUrl: asCareful(shops.redisUrl) }, async () => {
    await setUser('-xack')
    await eventually(() => expect(lines.filter(isFailedAcknowledgement).length).toBeGreaterThan(12))
    await setUser('+xack')
  })
})

test('passwords that are changed and changed back, of which the log tells none', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  await using user = await RotatingUser.create(shops, 'geheim')
  const { log, lines } = captureLog()
  await flow(shops, { log, ...user.urls('geheim') }, async () => {
    await user.setPassword('anders')
    await user.endSessions(() => {
      expect(lines.join()).toContain('28P01')
      expect(lines.join()).toContain('WRONGPASS')
    })
    await user.setPassword('geheim')
  })
  const secrets = ['geheim', 'anders', new URL(shops.databaseUrl).password, new URL(shops.redisUrl).password]
  for (const secret of secrets) expect(lines.join()).not.toContain(secret)
})

function asCareful(address: string): string {
  const url = new URL(address)
  url.username = 'careful'
  url.password = 'geheim'
  return url.href
}

async function commitRetries(worker: Worker): Promise<number> {
  return (await worker.metrics.commitRetries.get()).values[0]?.value ?? 0
}

const isFailedCommit = (line: string) => line.includes('commit failed')

const isFailedRead = (line: string) => line.includes('reading failed')

const isFailedAcknowledgement = (line: string) => line.includes('acknowledging failed')

const isRefusal = (state: string) => (line: string) => isFailedCommit(line) && line.includes(`"code":"${state}"`)

test('what was delivered to a former process of the same name is found without a restart', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: NEVER_CLAIM }))
  const worker = await shops.startWorker()
  await shops.publish([order(0)])
  await shops.caughtUp()
  const transaction = shops.redis.multi()
  for (const each of orders(1, 10)) transaction.xadd(ORDERS, '*', ...encodeEvent(each))
  transaction.xreadgroup('GROUP', GROUP, 'worker-0', 'STREAMS', ORDERS, '>')
  await transaction.exec()
  await expectExactlyOnce(shops, worker, orders(0, 10))
})

test('Redis away while one batch commits and the next is held: both are acknowledged afterwards', async () => {
  await using redis = await freshRedis()
  await using proxy = await TcpProxy.to(redis.url)
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: NEVER_CLAIM }), { redisUrl: proxy.url })
  const { log, lines } = captureLog()
  const worker = await shops.startWorker({ log })
  await shops.publish([order(0)])
  await shops.caughtUp()
  {
    await using _ = await Locks.on(shops, 'order-0')
    await shops.publish([order(0)])
    await someCommitWaits(shops)
    await shops.publish(orders(1, 5))
    await eventually(async () => expect((await shops.counts()).read).toBeGreaterThan(2))
    proxy.cut()
  }
  await eventually(() => expect(lines.join()).toContain('acknowledging failed'))
  proxy.restore()
  await expectExactlyOnce(shops, worker, orders(0, 5))
})

test('a worker that waits for the database keeps its entries, and no other one claims them', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: '1s' }))
  const worker = await shops.startWorker()
  await shops.publish([order(0)])
  await shops.caughtUp()
  {
    await using _ = await Locks.on(shops, 'order-0')
    await shops.publish([order(0)])
    await someCommitWaits(shops)
    await shops.startWorker({ consumer: 'worker-1' })
    const looks = await claims(shops)
    await eventually(async () => expect(await claims(shops)).toBeGreaterThanOrEqual(looks + 4))
    expect(await shops.redis.xpending(ORDERS, GROUP, '-', '+', 10)).toMatchObject([
      [expect.any(String), 'worker-0', expect.any(Number), 1],
    ])
  }
  await expectExactlyOnce(shops, worker, [order(0)])
  expect(await shops.counts()).toMatchObject({ read: 2, persisted: 1, duplicate: 1 })
})

/** How often anybody asked for idle entries: once for each stream and look. */
async function claims(shops: PipelineOnServers): Promise<number> {
  const [, calls = '0'] = /cmdstat_xautoclaim:calls=(\d+)/.exec(await shops.redis.info('commandstats')) ?? []
  return Number(calls)
}
