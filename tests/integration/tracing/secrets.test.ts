import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../../../adapters/process/servers/free-port.ts'
import { eventually } from '../../support/eventually.ts'
import { Laptop } from '../../support/laptop.ts'
import { MountedFolder } from '../../support/mounted-folder.ts'
import { type OtlpProtocol, OtlpReceiver } from '../../support/otlp/otlp-receiver.ts'
import { sendingTo } from '../../support/otlp/sent-soon.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopManifest, shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

const SECRET = 's3cret-of-the-collector'

const HEADERS = `authorization=Bearer%20${SECRET},x-team=shops`

test('headers are read from a file, as a Secret is mounted', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using mounted = await MountedFolder.create({ 'otlp-headers': `${HEADERS}\n` })
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: { ...sendingTo(receiver), OTEL_EXPORTER_OTLP_HEADERS_FILE: mounted.pathOf('otlp-headers') },
  })
  await shops.publish(orders(0, 10))
  await eventually(() =>
    expect(receiver.headers[0]).toMatchObject({ authorization: `Bearer ${SECRET}`, 'x-team': 'shops' }),
  )
  expect(worker.log).not.toContain(SECRET)
})

test('a file of headers that is not there is named, and spans are sent without', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: { ...sendingTo(receiver), OTEL_EXPORTER_OTLP_HEADERS_FILE: '/nowhere/otlp-headers' },
  })
  await shops.publish(orders(0, 10))
  await eventually(() => expect(receiver.named('batch')).not.toEqual([]))
  expect(worker.log).toMatch(
    /"variable":"OTEL_EXPORTER_OTLP_HEADERS_FILE","file":"\/nowhere\/otlp-headers","code":"ENOENT"/,
  )
})

test.each<[sentence: string, protocol: OtlpProtocol, headers: string]>([
  ['that are refused', 'http/protobuf', HEADERS],
  ['that HTTP cannot carry', 'http/protobuf', `authorization=${SECRET}%0A`],
  ['that gRPC cannot carry', 'grpc', `authorization=${SECRET}%0A`],
  ['that are no headers at all', 'http/json', `${SECRET}=;=${SECRET}`],
])('headers %s end nobody, and nobody tells them', async (_sentence, protocol, headers) => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: {
      ...sendingTo({ url: `http://127.0.0.1:${await freePort()}` }, protocol),
      OTEL_EXPORTER_OTLP_HEADERS: headers,
      OTEL_LOG_LEVEL: 'all',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      LOG_LEVEL: 'debug',
    },
  })
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  await eventually(() => expect(worker.log).toContain('"msg":"telemetry'))
  expect(await worker.stop()).toBe(0)
  expect(worker.log).not.toContain(SECRET)
})

test('a password in an endpoint that is no URL is not told along with that', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: {
      ...sendingTo({ url: 'https://user:s3#cret@collector:4318' }),
      OTEL_LOG_LEVEL: 'all',
      LOG_LEVEL: 'debug',
    },
  })
  await worker.reads()
  expect(worker.log).toContain('//user:***@collector:4318')
  expect(worker.log).not.toContain('s3#cret')
})

test('neither mp up nor what it starts and answers tells the headers for telemetry', { timeout: 180_000 }, async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using receiver = await OtlpReceiver.start()
  await using laptop = await Laptop.open({
    DATABASE_URL: shops.databaseUrl,
    REDIS_URL: shops.redisUrl,
    LOG_LEVEL: 'debug',
    ...sendingTo(receiver),
    OTEL_EXPORTER_OTLP_HEADERS: HEADERS,
    OTEL_LOG_LEVEL: 'all',
  })
  await laptop.write('shops.yaml', shopManifest())
  const up = laptop.start(['up', '-f', 'shops.yaml'])
  await up.saying(/^shops is up/m)
  const input = orders(0, 10)
    .map((order) => JSON.stringify(order))
    .join('\n')
  const said: string[] = []
  for (const command of [
    'publish',
    'status -o json',
    'render',
    'explain',
    'aggregate --verbose',
    'dead-letters list',
  ]) {
    const [name = '', ...rest] = command.split(' ')
    said.push(...Object.values(await laptop.mp([name, ...rest, '-f', 'shops.yaml'], { input })).map(String))
  }
  await eventually(() => {
    const services = new Set(receiver.spans.map(({ service }) => service))
    expect([...services].sort()).toEqual(['metrics-pipeline-worker', 'mp'])
  })
  expect(receiver.headers).not.toEqual([])
  for (const headers of receiver.headers) expect(headers).toMatchObject({ authorization: `Bearer ${SECRET}` })
  const { workers } = await laptop.stateOf('shops')
  said.push(await (await fetch(`http://127.0.0.1:${workers[0]?.port}/metrics`)).text())
  up.kill('SIGTERM')
  const { out, err } = await up.ended
  const folder = join(laptop.folder, '.mp/pipelines/shops')
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const written = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')))
  for (const text of [out, err, ...said, ...written]) expect(text).not.toContain(SECRET)
})
