import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { ExporterProcess } from '../../support/exporter-process.ts'
import { Laptop } from '../../support/laptop.ts'
import { MountedFolder } from '../../support/mounted-folder.ts'
import { OwnServer } from '../../support/own-server.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { RotatingUser } from '../../support/rotating-user.ts'
import { shopManifest, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

// A connection that comes from a file may change while processes run: old connections stay until they break, new ones are made by what the file
// says by then. Nobody is restarted.

const EVENTS = 1_000

const PIPELINE = shopPipeline({ claimIdle: '1d', batchSize: 40 })

const filesOf = ({ databaseUrl, redisUrl }: Pick<PipelineOnServers, 'databaseUrl' | 'redisUrl'>) => ({
  'database-url': databaseUrl,
  'redis-url': `${redisUrl}\n`,
})

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

test('passwords are rotated: a worker goes on under the new ones, and an exporter too', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  await using user = await RotatingUser.create(shops, 'before')
  await using mounted = await MountedFolder.create(filesOf(user.urls('before')))
  await using worker = await startWorker(shops, mounted)
  await using exporter = await ExporterProcess.start()
  await exporter.add(shops, user.urls('before'))
  await shops.publish(orders(0, EVENTS / 2))
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(0))
  await exporter.sees('shops', { source: { pending: expect.any(Number) }, database: { migrated: true } })

  await user.setPassword('after')
  await user.endSessions(() => {
    expect(worker.log).toContain('28P01')
    expect(worker.log).toContain('WRONGPASS')
  })
  await eventually(async () => expect(await worker.readiness()).toMatch(/^Redis: WRONGPASS /))
  await shops.publish(orders(EVENTS / 2, EVENTS))
  await exporter.sees('shops', {
    source: { unreachable: expect.stringContaining('WRONGPASS') },
    database: { unreachable: expect.stringContaining('password') },
  })
  await mounted.set(filesOf(user.urls('after')))
  await exporter.connect('shops', user.urls('after'))
  await expectNothingLost(shops, worker)
  await eventually(async () => expect(await worker.readiness()).toBe('ok')) // each loop finds its way back by itself
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
  await using shops = await PipelineOnServers.open(PIPELINE, { redisUrl: redis.url })
  await using user = await RotatingUser.create(shops, 'before')
  await using mounted = await MountedFolder.create(filesOf(user.urls('before')))
  await using laptop = await Laptop.open({
    DATABASE_URL_FILE: mounted.pathOf('database-url'),
    REDIS_URL_FILE: mounted.pathOf('redis-url'),
  })
  await laptop.write('shops.yaml', shopManifest({ claimIdle: '1d', batchSize: 40 }))
  const up = laptop.start(['up', '-f', 'shops.yaml'])
  await up.saying(/^shops is up/m)
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  await user.setPassword('after')
  const [{ rotated_at: rotatedAt }] = (await shops.db.query('select clock_timestamp()::text as rotated_at')).rows
  await mounted.set(filesOf(user.urls('after')))
  await user.endSessions(async () => {
    const old = 'select from pg_stat_activity where usename = $1 and backend_start < $2'
    expect((await shops.db.query(old, [user.name, rotatedAt])).rowCount).toBe(0)
  })
  await shops.publish(orders(10, 20))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 20)))
})
