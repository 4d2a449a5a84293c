import { systemClock } from '../../adapters/process/system-clock.ts'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { type Benchmark, quantile } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { openPipeline, parityOf } from '../support/pipeline.ts'
import { RowWatch } from '../support/row-watch.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const EVENTS_PER_SECOND = 500
const WARM_UP_SECONDS = 5
const SECONDS = 20

/** How long after publishing a row shows an event, seen from outside: by the publisher's clock, through a connection of its own. */
export const freshness: Benchmark = {
  name: 'freshness',
  summary: 'workload A at 500 events/s without debounce: from publishing an event to its row',
  run: async (servers, log) => {
    const pipeline = await openPipeline(pipelineA({ quiet: '0s', maxWait: '1s' }), await servers.freshDatabase())
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
    })
    const producer = await EventProducer.connect(servers.redisUrl)
    const watch = await RowWatch.start(pipeline)
    log(`publishing ${EVENTS_PER_SECOND} events/s for ${WARM_UP_SECONDS + SECONDS} s`)
    const events = eventsOfA({ ...common, seed: 2, events: Number.POSITIVE_INFINITY, prefix: 'load-' })
    await publishPaced(producer, watch, events, WARM_UP_SECONDS)
    watch.forget()
    await publishPaced(producer, watch, events, SECONDS)
    const delays = await watch.stop()
    await producer.close()
    await worker.stop()
    await evaluateAll(pipeline)
    const parity = await parityOf(pipeline)
    await pipeline.pool.end()
    return {
      parity,
      figures: [
        { what: 'from publishing to the row, p50', value: quantile(delays, 0.5), unit: 'ms', target: '<= 8' },
        { what: 'from publishing to the row, p99', value: quantile(delays, 0.99), unit: 'ms', target: '<= 30' },
        { what: 'from publishing to the row, most', value: Math.max(...delays), unit: 'ms' },
        { what: 'events seen in their rows', value: delays.length, unit: 'events' },
        { what: 'rate', value: delays.length / SECONDS, unit: 'events/s' },
      ],
    }
  },
}

/** One event at a time, evenly spaced: the publisher is not what is measured, so it never waits for a reply. */
async function publishPaced(
  producer: EventProducer,
  watch: RowWatch,
  events: Iterator<OutgoingEvent>,
  seconds: number,
): Promise<void> {
  const startedAt = performance.now()
  const sent: Promise<unknown>[] = []
  for (let count = 0; count < EVENTS_PER_SECOND * seconds; ) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * EVENTS_PER_SECOND)
    for (; count < due; count += 1) {
      const event = events.next().value as OutgoingEvent
      watch.published(event)
      sent.push(producer.publish([event]))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(sent)
}
