import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LocalScaling } from '../../cli/up/state-folder.ts'
import { eventually } from '../support/eventually.ts'
import { Laptop, type RunningCommand } from '../support/laptop.ts'
import { PipelineOnServers } from '../support/pipeline-on-servers.ts'
import { stillRunning } from '../support/process-list.ts'
import { ORDERS, type ShopOptions, shopManifest, shopPipeline } from '../support/shop-manifest.ts'
import { expectedRows, order, orders } from '../support/shop-orders.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const PRELOAD = new URL('../support/preloads/dies-while-told.ts', import.meta.url).href

/** Small batches, so that one worker needs a while for what the test publishes. */
const SCALED: ShopOptions = {
  batchSize: 10,
  scaling: { minReplicas: 0, maxReplicas: 3, targetLatency: '1s', idleAfter: '2s' },
}

/** Also where a fleet comes to rest only when a whole window of stabilisation is over. */
const AT_REST = { withinMs: 150_000 }

let shops: PipelineOnServers
let redis: TcpProxy
let laptop: Laptop
let up: RunningCommand

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline(SCALED))
  redis = await TcpProxy.to(shops.redisUrl)
  laptop = await Laptop.open()
  const env = [
    { name: 'NODE_OPTIONS', value: `--import ${PRELOAD}` },
    { name: 'DIES_WHILE', value: join(laptop.folder, 'dies') },
  ]
  await laptop.write('shops.yaml', shopManifest({ ...SCALED, env }))
  up = laptop.start(['up', '-f', 'shops.yaml'], {
    environment: { DATABASE_URL: shops.databaseUrl, REDIS_URL: redis.url },
  })
  await up.saying(/^shops-worker: 1 started/m)
})

afterAll(async () => {
  await laptop?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
  await shops?.[Symbol.asyncDispose]()
})

const workers = async () => (await up.descendants()).filter(({ command }) => /^\S+ \S*worker\/main\.ts/.test(command))

const scaling = async () => (await laptop.stateOf('shops')).scaling as LocalScaling

/** Resolves once so many more decisions were taken, each of them like this. */
async function keepsDeciding(times: number, expected: object): Promise<void> {
  const seen = new Set<string>()
  await eventually(async () => {
    const { seenAt, decision } = await scaling()
    expect(decision).toMatchObject(expected)
    expect(seen.add(seenAt).size).toBeGreaterThan(times)
  })
}

async function atRest(): Promise<void> {
  await eventually(async () => {
    expect((await scaling()).decision).toMatchObject({ replicas: 0, reason: 'Idle' })
    expect(await workers()).toEqual([])
  }, AT_REST)
}

test('with nothing to do for idleAfter no worker is left, and nothing is pending', { timeout: 200_000 }, async () => {
  await shops.publish(orders(0, 50))
  await shops.caughtUp()
  await atRest()
  await up.saying(/^scaled [1-3] -> 0: .+$/m)
  expect(await shops.pending(ORDERS)).toBe(0)
  expect(await shops.parity()).toMatchObject({ compared: 20, mismatches: 0, missing: 0, overdue: 0 })
})

test('mp status and mp explain say so, and why', async () => {
  const status = await laptop.mp(['status', '-f', 'shops.yaml'])
  expect(status).toMatchObject({ code: 0, out: expect.stringMatching(/^Workers: +none\nScaling: +Idle: .+$/m) })
  const explained = await laptop.mp(['explain', '-f', 'shops.yaml'])
  expect(explained.code).toBe(0)
  expect(explained.out).toMatch(
    /^shops is to have no worker\.\nIdle, since \S+: .+\n\nWhat was seen at \S+:\n {2}backlog +0\n/,
  )
  const { out } = await laptop.mp(['explain', '-f', 'shops.yaml', '-o', 'json'])
  expect(JSON.parse(out)).toMatchObject({ decision: { replicas: 0, inputs: { backlog: 0, marks: 0 } } })
})

test('one message wakes one worker, and its row is exact', async () => {
  await shops.publish([order(50)])
  await eventually(async () => expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 51))))
  await up.saying(/^scaled 0 -> [1-3]: .+$/m)
})

test('a backlog that one cannot bring down in time has more of them started, and what they do is exact', {
  timeout: 200_000,
}, async () => {
  await shops.publish(orders(51, 20_000))
  await up.saying(/^scaled [012] -> [23]: .+$/m) // from none, where nothing had come for idleAfter
  await eventually(async () => expect((await workers()).length).toBeGreaterThan(1))
  await shops.caughtUp({ withinMs: 120_000 })
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 20_000)))
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0, overdue: 0 })
})

test('while Redis does not answer nobody knows what waits, and the number stays', async () => {
  redis.cut()
  await up.saying(/^not scaled: .+the source does not answer .+$/m)
  const { replicas } = (await scaling()).decision
  await keepsDeciding(5, { replicas, reason: 'HoldUnknown' })
  await eventually(async () => expect(await workers()).toHaveLength(replicas))
  redis.restore()
  await eventually(async () => expect((await scaling()).decision.reason).not.toBe('HoldUnknown'))
})

test('a worker that dies at once is not helped by others', { timeout: 200_000 }, async () => {
  await atRest()
  await laptop.write('dies', '')
  await shops.publish(orders(20_000, 22_000))
  await up.saying(/^shops-worker-0 ended with code 7 \(told to die\); starting it again in /m)
  const { replicas } = (await scaling()).decision
  await keepsDeciding(5, { replicas, reason: 'HoldFailing', message: expect.stringContaining('told to die') })
  expect((await laptop.stateOf('shops')).workers).toHaveLength(replicas)
  await rm(join(laptop.folder, 'dies'))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 22_000)))
})

test('kill -9 of the supervisor leaves nothing behind', async () => {
  const started = await up.descendants()
  expect(started).not.toEqual([])
  up.kill('SIGKILL')
  await eventually(async () => expect(await stillRunning(started)).toEqual([]))
  expect(await shops.pending(ORDERS)).toBe(0)
})

test('in mode Advisory their number stays, and it is said what it would be', async () => {
  await using advised = await Laptop.open()
  await advised.write('shops.yaml', shopManifest({ scaling: { mode: 'Advisory', idleAfter: '1s' } }))
  const command = advised.start(['up', '-f', 'shops.yaml'], {
    environment: { DATABASE_URL: shops.databaseUrl, REDIS_URL: shops.redisUrl },
  })
  await command.saying(/^shops is up; Ctrl-C stops it$/m)
  await eventually(async () => {
    const { out } = await advised.mp(['explain', '-f', 'shops.yaml'])
    expect(out).toMatch(/^shops is to have 1 worker; by its backlog it would have 0\.\nIdle, since /)
  })
  expect((await advised.stateOf('shops')).workers).toHaveLength(1)
  command.kill('SIGTERM')
  const { code, out } = await command.ended
  expect({ code, scaled: out.includes('scaled') }).toEqual({ code: 0, scaled: false })
})
