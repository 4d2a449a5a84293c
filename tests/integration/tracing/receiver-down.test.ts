import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../../adapters/process/servers/free-port.ts'
import { eventually } from '../../support/eventually.ts'
import { Laptop } from '../../support/laptop.ts'
import { type OtlpProtocol, OtlpReceiver } from '../../support/otlp/otlp-receiver.ts'
import { sendingTo } from '../../support/otlp/sent-soon.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { ORDERS, shopManifest, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

/** Less than the SDK waits for an answer, and more than a process may wait for the SDK. */
const SOON_OVER_MS = 8_000

const NANOS_PER_MILLISECOND = 1_000_000n

const EVENTS = 500

/** Accepts connections and never answers: packets are lost on the way back, or a receiver hangs. */
async function silentServer(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server: Server = createServer((socket) => socket.on('error', () => undefined))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

async function nobody(): Promise<{ readonly url: string } & AsyncDisposable> {
  return { url: `http://127.0.0.1:${await freePort()}`, [Symbol.asyncDispose]: async () => undefined }
}

describe.each<[where: string, open: typeof nobody]>([
  ['where nobody listens', nobody],
  ['where nobody answers', silentServer],
])('telemetry that is sent %s', (_where, open) => {
  test.each<OtlpProtocol>(['http/protobuf', 'grpc'])(
    'is all that is lost, with one line in the log and no delay at the end (%s)',
    async (protocol) => {
      await using down = await open()
      await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 20 }))
      await using worker = await WorkerProcess.start('worker-0', shops, {
        environment: { ...sendingTo(down, protocol), OTEL_METRICS_EXPORTER: 'otlp' },
      })
      await shops.publish(orders(0, EVENTS))
      await shops.caughtUp()
      expect(await shops.rows()).toMatchObject(expectedRows(orders(0, EVENTS)))
      expect(await worker.readiness()).toBe('ok')
      const askedAt = performance.now()
      expect(await worker.stop()).toBe(0)
      expect(performance.now() - askedAt).toBeLessThan(SOON_OVER_MS)
      expect(worker.log.match(/"level":"(?:warn|error)"/g)?.length ?? 0).toBeLessThanOrEqual(1)
    },
  )

  test('keeps no command from its end', async () => {
    await using down = await open()
    await using shops = await PipelineOnServers.open(shopPipeline())
    await using laptop = await Laptop.open({ REDIS_URL: shops.redisUrl, ...sendingTo(down) })
    await laptop.write('shops.yaml', shopManifest())
    const input = orders(0, 10)
      .map((order) => JSON.stringify(order))
      .join('\n')
    const publishing = laptop.start(['publish', '-f', 'shops.yaml'], { input })
    await eventually(async () => expect(await shops.redis.xlen(ORDERS)).toBe(10))
    const doneAt = performance.now()
    const { code, out, err } = await publishing.ended
    expect(performance.now() - doneAt).toBeLessThan(SOON_OVER_MS)
    expect({ code, out }).toEqual({ code: 0, out: '' })
    expect(err).toContain('published 10 events\n')
  })
})

test('a drain that was in time has not failed because nobody takes telemetry', async () => {
  await using down = await silentServer()
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: { ...sendingTo(down), DRAIN_SECONDS: '2' }, // as long as is waited for the receiver once it has ended
  })
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  expect(await worker.stop()).toBe(0)
})

test('trouble that goes on is told once', async () => {
  await using down = await nobody()
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 20 }))
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: { ...sendingTo(down), OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_TIMEOUT: '50' },
  })
  for (let round = 0; round < 5; round += 1) {
    await shops.publish(orders(100 * round, 100 * (round + 1)))
    await shops.caughtUp()
    await eventually(() => expect(worker.log).toContain('telemetry is not sent'))
  }
  await worker.stop()
  const told = worker.log.split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line))
  expect(told).toEqual([expect.stringContaining('"leftOut":0,"msg":"telemetry is not sent, or not as asked"')])
})

test('a receiver that comes back gets what is made from then on, and of what was made meanwhile no more than the queue holds', async () => {
  await using receiver = await OtlpReceiver.start()
  await using way = await TcpProxy.to(receiver.url)
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 10 }))
  const QUEUE = 16
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: {
      ...sendingTo(way),
      OTEL_BSP_MAX_QUEUE_SIZE: String(QUEUE),
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '8',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    },
  })
  await worker.reads()
  way.cut()
  await shops.publish(orders(0, 2 * EVENTS))
  await shops.caughtUp()
  way.restore()
  const restoredAt = BigInt(Date.now()) * NANOS_PER_MILLISECOND
  let published = 2 * EVENTS
  await eventually(async () => {
    await shops.publish(orders(published, published + 1)) // the queue may still be full of what was before
    published += 1
    await shops.caughtUp()
    expect(
      receiver.named('batch').filter(({ attributes }) => attributes['messaging.batch.message_count'] === 1),
    ).not.toEqual([])
  })
  await worker.stop()
  expect(receiver.spans.filter(({ startedAt }) => startedAt < restoredAt).length).toBeLessThan(3 * QUEUE)
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, published)))
})
