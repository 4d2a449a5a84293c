import { expect, test } from 'vitest'
import { docBlocks } from '../../support/doc-blocks.ts'
import { eventually } from '../../support/eventually.ts'
import { Laptop } from '../../support/laptop.ts'
import { drawTrace } from '../../support/otlp/draw-trace.ts'
import { OtlpReceiver } from '../../support/otlp/otlp-receiver.ts'
import { sendingTo } from '../../support/otlp/sent-soon.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { ORDERS, shopManifest, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

/** The figure of the page that shows what such a trace looks like. */
const FIGURE = docBlocks('docs/tracing.md')
  .find(({ language }) => language === 'text')
  ?.text.trimEnd()

/** Long enough for the batch to be acknowledged before its entities are evaluated. */
const QUIET = '1s'

const PUBLISHED = orders(0, 3)

const INPUT = PUBLISHED.map((order) => `${JSON.stringify(order)}\n`).join('')

test('events are followed from mp publish to their rows, as the page on tracing shows it', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline({ quiet: QUIET }))
  await using laptop = await Laptop.open({ REDIS_URL: shops.redisUrl, ...sendingTo(receiver) })
  await laptop.write('shops.yaml', shopManifest())
  const published = await laptop.mp(['publish', '-f', 'shops.yaml'], { input: INPUT })
  expect(published).toEqual({ code: 0, out: '', err: 'published 3 events\n' })
  await using worker = await WorkerProcess.start('worker-0', shops, { environment: sendingTo(receiver) })
  await shops.caughtUp()
  await worker.stop()
  expect(await shops.rows()).toMatchObject(expectedRows(PUBLISHED))

  const [publish] = receiver.named('publish')
  const trace = receiver.spans.filter(({ traceId }) => traceId === publish?.traceId)
  expect(drawTrace(trace)).toBe(FIGURE)
  expect(trace.flatMap(({ error }) => error ?? [])).toEqual([])
  const evaluated = receiver.named('evaluate')[0]?.endedAt ?? 0n
  for (const { name, startedAt } of trace) expect(startedAt, name).toBeLessThan(evaluated)
})

test('an event that has a trace already goes on with that, and one line of nonsense is left out', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using laptop = await Laptop.open({ REDIS_URL: shops.redisUrl })
  await laptop.write('shops.yaml', shopManifest())
  const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const traceparents = [own, 'nonsense', undefined]
  const input = PUBLISHED.map((order, n) => `${JSON.stringify({ ...order, traceparent: traceparents[n] })}\n`).join('')
  const publish = (environment: Readonly<Record<string, string>>) =>
    laptop.mp(['publish', '-f', 'shops.yaml'], { input, environment })
  const written = async () => {
    const entries = await shops.redis.xrange(ORDERS, '-', '+')
    return entries.map(([, fields]) =>
      fields.includes('traceparent') ? fields[fields.indexOf('traceparent') + 1] : null,
    )
  }
  expect(await publish({})).toMatchObject({ code: 0 })
  expect(await written()).toEqual([own, null, null])

  await shops.redis.flushdb()
  expect(await publish(sendingTo(receiver))).toMatchObject({ code: 0 })
  await eventually(() => expect(receiver.named('publish')).toHaveLength(1))
  const [{ traceId, spanId } = { traceId: '', spanId: '' }] = receiver.named('publish')
  const ours = `00-${traceId}-${spanId}-01`
  expect(await written()).toEqual([own, ours, ours])

  await shops.redis.flushdb()
  expect(await publish({ ...sendingTo(receiver), OTEL_TRACES_SAMPLER: 'always_off' })).toMatchObject({ code: 0 })
  expect(await written()).toEqual([own, null, null])
})
