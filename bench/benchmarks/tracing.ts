import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../adapters/process/system-clock.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { type Benchmark, type Parity, quantile } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { doneBy, publishAll } from '../support/measure-throughput.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { eventsOfA, type LoadA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
/** Shorter than what a server takes for silence: a worker that stands still loses nothing but its turn. */
const TURN_MS = 2_000

/** The first ones compile the code. */
const WARM_UP_PAIRS = 4
const PAIRS = 30

/** More than a worker takes in all its turns. */
const EVENTS = 1_600_000

/** Of a hundred events one belongs to a recorded trace. */
const SAMPLED_EACH = 100

interface Turn {
  readonly eventsPerSecond: number
  /** Processor time of the worker, which says more than throughput where others use the machine too. */
  readonly microsPerEvent: number
  /** Since the worker began. */
  readonly done: number
}

interface Pair {
  readonly off: Turn
  readonly on: Turn
}

/**
 * Workload A at 1 s debounce: one worker with tracing off and one at 1 % sampling, beside a receiver that takes everything. Both read the same
 * events into tables that fill alike, and take turns of some seconds, so that whatever else the machine does meets both of a pair. Each pair is
 * judged by itself, and the benchmark by the median of them.
 */
export const tracing: Benchmark = {
  name: 'tracing',
  summary: 'workload A at 1 s debounce, workers without tracing and at 1 % sampling in turns of some seconds',
  onRequest: true,
  run: async (servers, log) => {
    const load = { entities: ENTITIES, asOf: systemClock.now() }
    const [untraced, followed] = [await filled('untraced', servers, load), await filled('traced', servers, load)]
    log(`publishing ${EVENTS} events, of which each hundredth is traced`)
    await publishAll(servers.redisUrl, traced(eventsOfA({ ...load, seed: 2, events: EVENTS, prefix: 'load-' })))
    const collector = await openCollector()
    const off = await started(servers, untraced, {})
    const on = await started(servers, followed, collector.environment)
    const all: Pair[] = []
    while (all.length < WARM_UP_PAIRS + PAIRS && hasEnough(all.at(-1)))
      all.push(await takePair(off, on, all.length % 2 === 0))
    const pairs = all.slice(WARM_UP_PAIRS)
    const [lessMemory, moreMemory] = [off.memory().now, on.memory().now]
    for (const worker of [off, on]) await worker.stop()
    collector.close()
    const parity = await parityOfBoth(untraced, followed)
    const lost = pairs.map((pair) => (1 - pair.on.eventsPerSecond / pair.off.eventsPerSecond) * 100)
    const more = pairs.map((pair) => (pair.on.microsPerEvent / pair.off.microsPerEvent - 1) * 100)
    const median = (figure: keyof Turn, side: keyof Pair) =>
      quantile(
        pairs.map((pair) => pair[side][figure]),
        0.5,
      )
    return {
      parity,
      figures: [
        { what: 'throughput lost, median of the pairs', value: quantile(lost, 0.5), unit: '%', target: '<= 2' },
        { what: 'a quarter of the pairs lost less than', value: quantile(lost, 0.25), unit: '%' },
        { what: 'a quarter of the pairs lost more than', value: quantile(lost, 0.75), unit: '%' },
        { what: 'processor time added, median of the pairs', value: quantile(more, 0.5), unit: '%' },
        { what: 'pairs of turns', value: pairs.length, unit: 'pairs' },
        { what: 'without tracing, median', value: median('eventsPerSecond', 'off'), unit: 'events/s' },
        { what: 'at 1 % sampling, median', value: median('eventsPerSecond', 'on'), unit: 'events/s' },
        { what: 'processor time without tracing, median', value: median('microsPerEvent', 'off'), unit: 'µs/event' },
        { what: 'processor time at 1 % sampling, median', value: median('microsPerEvent', 'on'), unit: 'µs/event' },
        { what: 'worker memory without tracing', value: lessMemory, unit: 'MB' },
        { what: 'worker memory at 1 % sampling', value: moreMemory, unit: 'MB' },
        { what: 'requests that the receiver took', value: collector.requests(), unit: 'requests' },
      ],
    }
  },
}

/** A pipeline whose tables hold the same as the other's. */
async function filled(name: string, servers: BenchServers, load: Pick<LoadA, 'entities' | 'asOf'>) {
  const object = pipelineA({ quiet: '1s', maxWait: '1s' }, { name: `workload-a-${name}` })
  const pipeline = await openPipeline(object, await servers.freshDatabase())
  const [events, time] = [ENTITIES * FACTS_EACH, formatInstant(load.asOf)]
  await fill(pipeline, eventsOfA({ ...load, seed: 1, events, prefix: 'fill-', duplicates: 0, time }))
  return pipeline
}

/** A worker that reads, and stands still. */
async function started(
  { redisUrl }: BenchServers,
  pipeline: BenchPipeline,
  environment: Readonly<Record<string, string>>,
): Promise<WorkerProcess> {
  const { file: pipelineFile, databaseUrl } = pipeline
  const worker = await WorkerProcess.start({ pipelineFile, databaseUrl, redisUrl, environment })
  worker.freeze()
  return worker
}

/** A turn of each, while the other stands still. Who is first changes from pair to pair, for tables grow. */
async function takePair(off: WorkerProcess, on: WorkerProcess, offFirst: boolean): Promise<Pair> {
  if (offFirst) return { off: await takeTurn(off), on: await takeTurn(on) }
  const later = await takeTurn(on)
  return { off: await takeTurn(off), on: later }
}

async function takeTurn(worker: WorkerProcess): Promise<Turn> {
  worker.thaw()
  const [first, startedAt, cpu] = [await doneBy(worker), performance.now(), worker.cpuSeconds()]
  await pause(TURN_MS)
  const [done, seconds, cpuSeconds] = [
    await doneBy(worker),
    (performance.now() - startedAt) / 1_000,
    worker.cpuSeconds() - cpu,
  ]
  worker.freeze()
  return { eventsPerSecond: (done - first) / seconds, microsPerEvent: (cpuSeconds * 1e6) / (done - first), done }
}

/** A worker that runs out of events would be measured at rest. */
function hasEnough(last: Pair | undefined): boolean {
  if (last === undefined) return true
  return [last.off, last.on].every(
    ({ done, eventsPerSecond }) => done + (2 * eventsPerSecond * TURN_MS) / 1_000 < EVENTS,
  )
}

async function parityOfBoth(...pipelines: readonly BenchPipeline[]): Promise<Parity> {
  const total = { compared: 0, mismatches: 0, missing: 0 }
  for (const pipeline of pipelines) {
    await evaluateAll(pipeline)
    const { compared, mismatches, missing } = await parityOf(pipeline)
    total.compared += compared
    total.mismatches += mismatches
    total.missing += missing
    await pipeline.pool.end()
  }
  return total
}

function* traced(events: Iterable<OutgoingEvent>): Generator<OutgoingEvent> {
  let number = 0
  for (const event of events) {
    number += 1
    const id = number.toString(16)
    yield number % SAMPLED_EACH === 0
      ? { ...event, traceparent: `00-${id.padStart(32, '0')}-${id.padStart(16, '0')}-01` }
      : event
  }
}

/** Takes what is sent and forgets it: what a receiver does with it happens elsewhere. */
async function openCollector() {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    },
    requests: () => requests,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
