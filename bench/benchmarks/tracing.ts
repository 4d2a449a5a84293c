import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../adapters/process/system-clock.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { Benchmark } from '../support/bench.ts'
import { openFilled } from '../support/fill.ts'
import { publishAll } from '../support/measure-throughput.ts'
import { costOf, parityOfBoth, takeTurns } from '../support/turns.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50

/** More than a worker takes in a round. */
const EVENTS = 500_000

const DEBOUNCE = { quiet: '1s', maxWait: '1s' }

/** Of a hundred events one belongs to a recorded trace. */
const SAMPLED_EACH = 100

/**
 * Workload A at 1 s debounce: one worker with tracing off and one at 1 % sampling, beside a receiver that takes everything. Both read the same
 * events into tables that fill alike, and take turns.
 */
export const tracing: Benchmark = {
  name: 'tracing',
  summary: 'workload A at 1 s debounce, workers without tracing and at 1 % sampling in turns of some seconds',
  onRequest: true,
  run: async (servers, log) => {
    const asOf = systemClock.now()
    log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each, twice`)
    const open = (name: string) =>
      openFilled(servers, pipelineA(DEBOUNCE, { name }), { entities: ENTITIES, factsEach: FACTS_EACH, asOf })
    const pipelines = [await open('one'), await open('other')] as const
    const publish = async (round: number) => {
      const load = { seed: round, entities: ENTITIES, asOf, events: EVENTS, prefix: `load-${round}-` }
      return (await publishAll(servers.redisUrl, traced(eventsOfA(load), round))).events
    }
    const collector = await openCollector()
    const rounds = await takeTurns({ servers, pipelines, environment: collector.environment, publish })
    collector.close()
    return {
      parity: await parityOfBoth(...pipelines),
      figures: [
        ...costOf(rounds, '<= 2'),
        { what: 'requests that the receiver took', value: collector.requests(), unit: 'requests' },
      ],
    }
  },
}

function* traced(events: Iterable<OutgoingEvent>, round: number): Generator<OutgoingEvent> {
  let number = round * EVENTS
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
