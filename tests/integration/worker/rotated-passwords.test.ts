import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { ExporterProcess } from '../../support/exporter-process.ts'
import { Laptop } from '../../support/laptop.ts'
import { MountedFolder } from '../../support/mounted-folder.ts'
import { OwnServer } from '../../support/own-server.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopManifest, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

// A connection that comes from a file may change while processes run: old connections stay until they break, new ones are made by what the file
// says by then. Nobody is restarted.

const EVENTS = 1_000

const PIPELINE = shopPipeline({ claimIdle: '1d', batchSize: 40 })

interface Urls {
  readonly databaseUrl: string
  readonly redisUrl: string
}

/** Everybody's connections, as the user `rotating`. */
function asRotating({ databaseUrl, redisUrl }: Urls, password: string): Urls {
  const as = (url: string) => Object.assign(new URL(url), { username: 'rotating', password }).href
  return { databaseUrl: as(databaseUrl), redisUrl: as(redisUrl) }
}

async function setPasswords(shops: PipelineOnServers, password: string): Promise<void> {
  await shops.db.query(`alter role rotating password '${password}'`)
  await shops.redis.call('ACL', 'SETUSER', 'rotating', 'on', 'resetpass', `>${password}`, '~*', '&*', '+@all')
}

/** Until every session under a former password is over, those that were on their way in among them. */
async function endSessions(shops: PipelineOnServers, until: () => void | Promise<void>): Promise<void> {
  await eventually(async () => {
    await shops.redis.call('CLIENT', 'KILL', 'USER', 'rotating')
    await shops.db.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotating'")
    await until()
  })
}

const filesOf = ({ databaseUrl, redisUrl }: Urls) => ({ 'database-url': databaseUrl, 'redis-url': `${redisUrl}\n` })

function startWorker(shops: PipelineOnServers, mounted: MountedFolder): Promise<WorkerProcess> {
  return WorkerProcess.start('worker-0', shops, {
    environment: {
      DATABASE_URL: '',
      DATABASE_URL_FILE: mounted.pathOf('database-url'),
      REDIS_URL: '',
      REDIS_URL_FILE: mounted.pathOf('redis-url'),
    },
  })
}

async function expectNothingLost(shops: PipelineOnServers, worker: WorkerProcess): Promise<void> {
  await shops.caughtUp()
  expect(worker.running).toBe(true)
  expect(worker.log.match(/"msg":"worker reads"/g)).toHaveLength(1)
  expect(await shops.letters()).toEqual([])
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, EVENTS)))
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0 })
}

async function openRotating(redis: OwnServer): Promise<PipelineOnServers> {
  const shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  await shops.db.query('drop role if exists rotating; create role rotating superuser login')
  return shops
}

test('passwords are rotated: a worker goes on under the new ones, and an exporter too', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await openRotating(redis)
  await setPasswords(shops, 'before')
  await using mounted = await MountedFolder.create(filesOf(asRotating(shops, 'before')))
  await using worker = await startWorker(shops, mounted)
  await using exporter = await ExporterProcess.start()
  await exporter.add(shops, asRotating(shops, 'before'))
  await shops.publish(orders(0, EVENTS / 2))
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(0))
  await exporter.sees('shops', { source: { pending: expect.any(Number) }, database: { migrated: true } })

  await setPasswords(shops, 'after')
  await endSessions(shops, () => {
    expect(worker.log).toContain('28P01')
    expect(worker.log).toContain('WRONGPASS')
  })
  await eventually(async () => expect(await worker.readiness()).toMatch(/^Redis: WRONGPASS /))
  await shops.publish(orders(EVENTS / 2, EVENTS))
  await exporter.sees('shops', {
    source: { unreachable: expect.stringContaining('WRONGPASS') },
    database: { unreachable: expect.stringContaining('password') },
  })
  await mounted.set(filesOf(asRotating(shops, 'after')))
  await exporter.connect('shops', asRotating(shops, 'after'))
  await expectNothingLost(shops, worker)
  expect(await worker.readiness()).toBe('ok')
  await exporter.sees('shops', { source: { backlog: 0 }, database: { marks: 0 } })
})

test('servers move: a worker follows to the new address', async () => {
  await using shops = await PipelineOnServers.open(PIPELINE)
  await using database = await TcpProxy.to(shops.databaseUrl)
  await using redis = await TcpProxy.to(shops.redisUrl)
  await using mounted = await MountedFolder.create(filesOf({ databaseUrl: database.url, redisUrl: redis.url }))
  await using worker = await startWorker(shops, mounted)
  await shops.publish(orders(0, EVENTS / 2))
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(0))
  database.cut()
  redis.cut()
  await shops.publish(orders(EVENTS / 2, EVENTS))
  await mounted.set(filesOf(shops))
  await expectNothingLost(shops, worker)
})

test('a file that is gone, or holds no URL, leaves what it said before', async () => {
  await using shops = await PipelineOnServers.open(PIPELINE)
  await using mounted = await MountedFolder.create(filesOf(shops))
  await using worker = await startWorker(shops, mounted)
  await shops.publish(orders(0, EVENTS / 2))
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(0))
  await mounted.set({ 'redis-url': 'nonsense' })
  await shops.endSessions()
  await shops.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await shops.publish(orders(EVENTS / 2, EVENTS))
  await expectNothingLost(shops, worker)
})

test('passwords are rotated under mp up: its workers go on under the new ones', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await openRotating(redis)
  await setPasswords(shops, 'before')
  await using mounted = await MountedFolder.create(filesOf(asRotating(shops, 'before')))
  await using laptop = await Laptop.open({
    DATABASE_URL_FILE: mounted.pathOf('database-url'),
    REDIS_URL_FILE: mounted.pathOf('redis-url'),
  })
  await laptop.write('shops.yaml', shopManifest({ claimIdle: '1d', batchSize: 40 }))
  const up = laptop.start(['up', '-f', 'shops.yaml'])
  await up.saying(/^shops is up/m)
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  await setPasswords(shops, 'after')
  const [{ rotated_at: rotatedAt }] = (await shops.db.query('select clock_timestamp()::text as rotated_at')).rows
  await mounted.set(filesOf(asRotating(shops, 'after')))
  await endSessions(shops, async () => {
    const old = "select from pg_stat_activity where usename = 'rotating' and backend_start < $1"
    expect((await shops.db.query(old, [rotatedAt])).rowCount).toBe(0)
  })
  await shops.publish(orders(10, 20))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 20)))
})
