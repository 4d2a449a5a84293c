import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Laptop, type RunningCommand } from '../support/laptop.ts'
import { OwnServer } from '../support/own-server.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { stillRunning } from '../support/process-list.ts'
import { Program } from '../support/run-program.ts'
import { type FreshDatabase, type FreshRedis, freshDatabase, freshRedis } from '../support/servers.ts'
import { ORDERS, shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { expectedRows, orders } from '../support/shop-orders.ts'
import { whileLocked } from '../support/while-locked.ts'

const UP = /^shops is up; Ctrl-C stops it$/m

const GROUP = shopPipeline().settings.consumerGroup

/** The aggregation begins with the next minute. */
const WITHIN_A_MINUTE = { withinMs: 75_000 }

const MANIFEST = shopManifest({ aggregation: { schedule: '* * * * *' } })

let database: FreshDatabase
let redis: FreshRedis
let laptop: Laptop
let up: RunningCommand
let shops: PipelineOnServers

beforeAll(async () => {
  database = await freshDatabase()
  redis = await freshRedis()
  laptop = await Laptop.open()
  await laptop.write('shops.yaml', MANIFEST)
  up = laptop.start(['up', '-f', '-', '--workers', '2'], {
    input: MANIFEST,
    environment: { DATABASE_URL: database.url, REDIS_URL: redis.url },
  })
  await up.saying(UP)
  shops = await PipelineOnServers.open(shopPipeline(), { databaseUrl: database.url, redisUrl: redis.url })
})

afterAll(async () => {
  await shops?.[Symbol.asyncDispose]()
  await laptop?.[Symbol.asyncDispose]()
  await redis?.release()
  await database?.drop()
})

test('it tells which servers it uses, what it has started and what comes when', async () => {
  const midnight = String.raw`\d{4}-\d\d-\d\dT00:00:00\.000Z`
  const minute = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z`
  for (const line of [
    String.raw`PostgreSQL 18\.\d+ \(as given\), Redis \S+ \(as given\)`,
    'schema public is at revision 1, new',
    String.raw`shops-worker: 2 started, logs in \S+/\.mp/pipelines/shops/logs`,
    `shops-aggregation: next at ${minute}`,
    `shops-day-roll: next at ${midnight}`,
  ])
    await up.saying(new RegExp(`^${line}$`, 'm'))
})

test('both workers read, and the rows follow', async () => {
  const events = orders(0, 2_000)
  await laptop.mp(['publish', '-f', 'shops.yaml'], {
    input: events.map(({ type, id, time, data }) => JSON.stringify({ type, id, time, data })).join('\n'),
  })
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(events))
  const consumers = (await shops.redis.xinfo('CONSUMERS', ORDERS, GROUP)) as unknown[][]
  expect(consumers.map(([, name]) => name).sort()).toEqual(['shops-worker-0', 'shops-worker-1'])
})

test('mp status shows it, without being told where the servers are', async () => {
  const { code, out } = await laptop.mp(['status', '-f', 'shops.yaml'])
  expect(code).toBe(0)
  expect(out).toMatch(
    /^Pipeline: +shops \(revision 1\)\nWorkers: +shops-worker-0 ready, shops-worker-1 ready\nRows: +20 shops\nMarks: +0\n/,
  )
  expect(out).toMatch(/^shop:orders +2000 +0 +0$/m)
})

test('mp status shows it as JSON', async () => {
  const { code, out } = await laptop.mp(['status', '-f', 'shops.yaml', '-o', 'json'])
  expect({ code, status: JSON.parse(out) }).toMatchObject({
    code: 0,
    status: {
      pipeline: 'shops',
      workers: [
        { name: 'shops-worker-0', ready: 'ready' },
        { name: 'shops-worker-1', ready: 'ready' },
      ],
      streams: [{ stream: ORDERS, length: 2_000, pending: 0, lag: 0 }, {}],
      database: { revision: 1, entities: 20, marks: 0, unresolvedReferences: 0, deadLetters: {} },
    },
  })
})

test('mp explain says that their number is fixed', async () => {
  expect(await laptop.mp(['explain', '-f', 'shops.yaml'])).toEqual({
    code: 0,
    out: 'shops has 2 workers here, whatever its backlog: scaling.mode is Off.\n',
    err: '',
  })
})

test('what runs is what mp render prints', async () => {
  const { out } = await laptop.mp(['render', '-f', 'shops.yaml', '-o', 'json'])
  const plan = JSON.parse(out) as { readonly processes: readonly Readonly<Record<string, unknown>>[] }
  expect(plan.processes.map(({ name, role, runs, count }) => ({ name, role, runs, count }))).toEqual([
    { name: 'shops-migrate', role: 'migrate', runs: { when: 'first' }, count: 1 },
    { name: 'shops-worker', role: 'worker', runs: { when: 'always' }, count: 1 },
    {
      name: 'shops-aggregation',
      role: 'aggregation',
      runs: { when: 'scheduled', schedule: '* * * * *', timeZone: 'Etc/UTC' },
      count: 1,
    },
    {
      name: 'shops-day-roll',
      role: 'day-roll',
      runs: { when: 'scheduled', schedule: '0 0 * * *', timeZone: 'Etc/UTC' },
      count: 1,
    },
  ])
})

test('the aggregation starts on its schedule', { timeout: 2 * WITHIN_A_MINUTE.withinMs }, async () => {
  await eventually(async () => {
    const { rows } = await shops.db.query(
      "select state, successful from mp_run where kind = 'daily' and successful > 0",
    )
    expect(rows[0]).toEqual({ state: 'succeeded', successful: 20 })
  }, WITHIN_A_MINUTE)
  await up.saying(/^shops-aggregation: done, logs in \S+$/m)
  const { out } = await laptop.mp(['status', '-f', 'shops.yaml'])
  expect(out).toMatch(/^Aggregation: +\d{4}-\d\d-\d\d succeeded, 20 successful, 0 failed, 0 mismatches$/m)
})

test('SIGTERM drains: what was read is committed, and nothing is pending or running afterwards', async () => {
  const started = await up.descendants()
  await whileLocked(shops.db, 'fact_order', async () => {
    await shops.publish(orders(2_000, 4_000))
    await eventually(async () => expect(await shops.pending(ORDERS)).toBeGreaterThan(0))
    up.kill('SIGTERM')
    await up.saying(/^stopping: workers drain$/m)
    const { workers } = await laptop.stateOf('shops')
    for (const { port } of workers) await eventually(async () => expect(await readiness(port)).toBe('draining\n'))
  })
  const { code, out } = await up.ended
  expect(code).toBe(0)
  expect(out).toMatch(/\nstopping: workers drain\n$/)
  expect(await stillRunning(started)).toEqual([])
  expect(await shops.pending(ORDERS)).toBe(0)
  const [group = []] = (await shops.redis.xinfo('GROUPS', ORDERS)) as unknown[][]
  const read = Number(group[group.indexOf('entries-read') + 1])
  expect(read).toBeGreaterThan(2_000)
  expect(read).toBeLessThan(4_000)
  expect(await shops.count('fact_order')).toBe(read)
  expect(await laptop.mp(['status', '-f', 'shops.yaml'])).toMatchObject({ code: 2 })
})

async function readiness(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/readyz`)).text()
}

/** One order, read by a worker that cannot commit it for as long as `work` takes. */
function whileOneIsHeld(hung: PipelineOnServers, work: () => Promise<void>): Promise<void> {
  return whileLocked(hung.db, 'fact_order', async () => {
    await hung.publish(orders(0, 1))
    await eventually(async () => expect(await hung.pending(ORDERS)).toBe(1))
    await work()
    expect(await hung.pending(ORDERS)).toBe(1)
  })
}

test('a second signal ends it at once, with its workers, though they cannot finish', async () => {
  await using hung = await PipelineOnServers.open(shopPipeline())
  const command = laptop.start(['up', '-f', 'shops.yaml'], {
    environment: { DATABASE_URL: hung.databaseUrl, REDIS_URL: hung.redisUrl },
  })
  await command.saying(UP)
  const started = await command.descendants()
  await whileOneIsHeld(hung, async () => {
    command.kill('SIGTERM')
    await command.saying(/^stopping: workers drain$/m)
    command.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 130 })
    await eventually(async () => expect(await stillRunning(started)).toEqual([]), { withinMs: 10_000 })
  })
})

test('so does a worker by itself: what it holds stays pending', async () => {
  await using hung = await PipelineOnServers.open(shopPipeline())
  await using worker = await Program.start('worker/main.ts', hung, [], { CONSUMER_NAME: 'worker-0' })
  await whileOneIsHeld(hung, async () => {
    worker.kill('SIGTERM')
    await worker.saying(/"msg":"worker drains"/)
    worker.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ code: 1, err: '' })
  })
})

test('a worker whose database is gone ends in good order too', async () => {
  await using postgres = await OwnServer.postgres()
  await using shops = await PipelineOnServers.open(shopPipeline(), { databaseUrl: postgres.url })
  await using worker = await Program.start('worker/main.ts', shops, [], { CONSUMER_NAME: 'worker-0' })
  await worker.saying(/"msg":"worker reads"/)
  await postgres.kill()
  await worker.saying(/"msg":"evaluation failed, marks stay"/)
  worker.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 0, err: '' })
})

test('a pipeline that is suspended has its tables, and nothing that reads or is scheduled', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const command = laptop.start(['up', '-f', '-'], {
    input: shopManifest({ suspend: true, aggregation: { schedule: '* * * * *' } }),
    environment: { DATABASE_URL: shops.databaseUrl, REDIS_URL: shops.redisUrl },
  })
  await command.saying(UP)
  await command.saying(/^schema public is at revision 1$/m)
  await command.saying(/^shops is suspended: no worker reads, nothing is scheduled$/m)
  await shops.publish(orders(0, 10))
  expect((await command.descendants()).filter(({ command: line }) => line.includes('worker/main.ts'))).toEqual([])
  expect(await laptop.mp(['status', '-f', 'shops.yaml'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Workers: +none started here$/m),
  })
  command.kill('SIGTERM')
  const { code, out } = await command.ended
  expect({ code, count: await shops.count('fact_order') }).toEqual({ code: 0, count: 0 })
  expect(out).not.toMatch(/next at|started, logs in/)
})

test('a pipeline that is invalid starts nothing', async () => {
  await laptop.write('broken.yaml', MANIFEST.replace('"integer"', '"integr"'))
  const expected = {
    code: 2,
    out: '',
    err: expect.stringMatching(/^broken\.yaml:1: spec\.metrics\S+: .*did you mean integer\?\n$/),
  }
  for (const command of ['up', 'validate', 'render'])
    expect(await laptop.mp([command, '-f', 'broken.yaml'])).toEqual(expected)
})
