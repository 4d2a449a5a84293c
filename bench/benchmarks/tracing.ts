import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../adapters/process/system-clock.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { type Benchmark, quantile } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { doneBy, publishAll } from '../support/measure-throughput.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const ROUNDS = 4
const WARM_UP_MS = 2_000
const MEASURED_MS = 8_000

/** More than a worker takes in all rounds. */
const EVENTS = 1_600_000

/** Of a hundred events one belongs to a recorded trace. */
const SAMPLED_EACH = 100

interface Round {
  readonly eventsPerSecond: number
  /** Processor time of the worker, which says more than throughput where others use the machine too. */
  readonly microsPerEvent: number
  readonly megabytes: number
}

/** Workload A at 1 s debounce: workers with tracing off and at 1 % sampling, in turn on one backlog, beside a receiver that takes everything. */
export const tracing: Benchmark = {
  name: 'tracing',
  summary: 'workload A at 1 s debounce, workers without tracing and at 1 % sampling in turn',
  onRequest: true,
  run: async (servers, log) => {
    const pipeline = await openPipeline(pipelineA({ quiet: '1s', maxWait: '1s' }), await servers.freshDatabase())
    const common = { entities: ENTITIES, asOf: systemClock.now() }
    log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
    const [events, time] = [ENTITIES * FACTS_EACH, formatInstant(common.asOf)]
    await fill(pipeline, eventsOfA({ ...common, seed: 1, events, prefix: 'fill-', duplicates: 0, time }))
    log(`publishing ${EVENTS} events, of which each hundredth is traced`)
    await publishAll(servers.redisUrl, traced(eventsOfA({ ...common, seed: 2, events: EVENTS, prefix: 'load-' })))
    const collector = await openCollector()
    const [off, on]: [Round[], Round[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      log(`round ${round + 1} of ${ROUNDS}`)
      off.push(await runWorker(servers, pipeline, {}))
      on.push(await runWorker(servers, pipeline, collector.environment))
    }
    collector.close()
    await evaluateAll(pipeline)
    const parity = await parityOf(pipeline)
    await pipeline.pool.end()
    const [without, withTracing] = [median(off, 'eventsPerSecond'), median(on, 'eventsPerSecond')]
    return {
      parity,
      figures: [
        { what: 'without tracing, median of the rounds', value: without, unit: 'events/s' },
        { what: 'at 1 % sampling, median of the rounds', value: withTracing, unit: 'events/s' },
        { what: 'throughput lost', value: (1 - withTracing / without) * 100, unit: '%', target: '<= 2' },
        { what: 'processor time without tracing, median', value: median(off, 'microsPerEvent'), unit: 'µs/event' },
        { what: 'processor time at 1 % sampling, median', value: median(on, 'microsPerEvent'), unit: 'µs/event' },
        { what: 'worker memory without tracing, median', value: median(off, 'megabytes'), unit: 'MB' },
        { what: 'worker memory at 1 % sampling, median', value: median(on, 'megabytes'), unit: 'MB' },
        { what: 'requests that the receiver took', value: collector.requests(), unit: 'requests' },
      ],
    }
  },
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

async function runWorker(
  servers: BenchServers,
  pipeline: BenchPipeline,
  environment: Readonly<Record<string, string>>,
): Promise<Round> {
  const worker = await WorkerProcess.start({
    pipelineFile: pipeline.file,
    databaseUrl: pipeline.databaseUrl,
    redisUrl: servers.redisUrl,
    environment,
  })
  await pause(WARM_UP_MS)
  const [startedAt, cpu, first] = [performance.now(), worker.cpuSeconds(), await doneBy(worker)]
  await pause(MEASURED_MS)
  const done = (await doneBy(worker)) - first
  const [seconds, cpuSeconds] = [(performance.now() - startedAt) / 1_000, worker.cpuSeconds() - cpu]
  const megabytes = worker.memory().now
  await worker.stop()
  return { eventsPerSecond: done / seconds, microsPerEvent: (cpuSeconds * 1e6) / done, megabytes }
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

function median(rounds: readonly Round[], figure: keyof Round): number {
  return quantile(
    rounds.map((round) => round[figure]),
    0.5,
  )
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
