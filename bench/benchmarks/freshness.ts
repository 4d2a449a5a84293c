import { systemClock } from '../../adapters/process/system-clock.ts'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { quantileBetween } from '../../core/numbers/histogram.ts'
import { type Benchmark, type BenchResult, type Figure, quantile } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import { ROOMY } from '../support/roomy.ts'
import { RowWatch } from '../support/row-watch.ts'
import type { BenchServers } from '../support/servers.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const SELDOM = 500

/** Half of what one worker gets through at its best, in the memory it has by default. */
const OFTEN = 10_000
const WARM_UP_SECONDS = 5
const SECONDS = 20

export const freshness: Benchmark = {
  name: 'freshness',
  summary: 'workload A without debounce: from publishing an event to its row',
  run: (servers, log) => measureFreshness(servers, log),
}

export const freshnessRoomy: Benchmark = {
  name: 'freshness-roomy',
  summary: 'the same of a worker with room',
  run: (servers, log) => measureFreshness(servers, log, ROOMY),
}

/** How long after publishing a row shows an event: seldom, seen from outside by the publisher's clock; and under load, as the worker counts it. */
async function measureFreshness(
  servers: BenchServers,
  log: (message: string) => void,
  room: Partial<typeof ROOMY> = {},
): Promise<BenchResult> {
  const object = pipelineA({ quiet: '0s', maxWait: '1s' }, room)
  const pipeline = await openPipeline(object, await servers.freshDatabase())
  const common = { entities: ENTITIES, asOf: systemClock.now(), duplicates: 0 }
  log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
  await fill(
    pipeline,
    eventsOfA({ ...common, seed: 1, events: ENTITIES * FACTS_EACH, prefix: 'fill-', time: '2026-01-01T00:00:00Z' }),
  )
  const worker = await WorkerProcess.start({
    pipelineFile: pipeline.file,
    databaseUrl: pipeline.databaseUrl,
    redisUrl: servers.redisUrl,
    ...room,
  })
  const producer = await EventProducer.connect(servers.redisUrl)
  const events = eventsOfA({ ...common, seed: 2, events: Number.POSITIVE_INFINITY, prefix: 'load-' })
  const seldom = await measureSeldom(pipeline, producer, events, log)
  const often = await measureOften(worker, producer, events, log)
  await producer.close()
  await worker.stop()
  await evaluateAll(pipeline)
  const parity = await parityOf(pipeline)
  await pipeline.pool.end()
  return { parity, figures: [...seldom, ...often] }
}

async function measureSeldom(
  pipeline: BenchPipeline,
  producer: EventProducer,
  events: Iterator<OutgoingEvent>,
  log: (message: string) => void,
): Promise<readonly Figure[]> {
  const watch = await RowWatch.start(pipeline)
  log(`publishing ${SELDOM} events/s for ${WARM_UP_SECONDS + SECONDS} s`)
  const publish = (event: OutgoingEvent) => {
    watch.published(event)
    return producer.publish([event])
  }
  await publishPaced(SELDOM, WARM_UP_SECONDS, (due) => due.map(publish), events)
  watch.forget()
  await publishPaced(SELDOM, SECONDS, (due) => due.map(publish), events)
  const delays = await watch.stop()
  return [
    { what: `at ${SELDOM} events/s, p50`, value: quantile(delays, 0.5), unit: 'ms', target: '<= 8' },
    { what: `at ${SELDOM} events/s, p99`, value: quantile(delays, 0.99), unit: 'ms', target: '<= 30' },
    { what: `at ${SELDOM} events/s, most`, value: Math.max(...delays), unit: 'ms' },
    { what: 'events seen in their rows', value: delays.length, unit: 'events' },
  ]
}

/** Telling of every row would slow down what is measured, so the worker's own histogram tells: to the moment at which a row is stored. */
async function measureOften(
  worker: WorkerProcess,
  producer: EventProducer,
  events: Iterator<OutgoingEvent>,
  log: (message: string) => void,
): Promise<readonly Figure[]> {
  const histogram = () => worker.histogram('mp_worker_freshness_seconds')
  log(`publishing ${OFTEN} events/s for ${WARM_UP_SECONDS + SECONDS} s`)
  const publish = (due: readonly OutgoingEvent[]) => [producer.publish(due)]
  await publishPaced(OFTEN, WARM_UP_SECONDS, publish, events)
  const before = await histogram()
  await publishPaced(OFTEN, SECONDS, publish, events)
  const after = await histogram()
  const milliseconds = (q: number) => (quantileBetween(before, after, q) ?? Number.NaN) * 1_000
  return [
    { what: `at ${OFTEN.toLocaleString('en')} events/s, p50`, value: milliseconds(0.5), unit: 'ms' },
    { what: `at ${OFTEN.toLocaleString('en')} events/s, p99`, value: milliseconds(0.99), unit: 'ms', target: '<= 400' },
  ]
}

/** Evenly spaced. The publisher is not what is measured, so it never waits for a reply. */
async function publishPaced(
  perSecond: number,
  seconds: number,
  publish: (due: readonly OutgoingEvent[]) => readonly Promise<unknown>[],
  events: Iterator<OutgoingEvent>,
): Promise<void> {
  const startedAt = performance.now()
  const sent: Promise<unknown>[] = []
  for (let count = 0; count < perSecond * seconds; ) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond)
    const some = Array.from({ length: due - count }, () => events.next().value as OutgoingEvent)
    if (some.length > 0) sent.push(...publish(some))
    count = due
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(sent)
}
