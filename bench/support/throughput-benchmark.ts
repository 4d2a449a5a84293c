import { systemClock } from '../../adapters/process/system-clock.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { Instant } from '../../core/time/instant.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { measurePerEventWorker, type PerEventModel } from '../per-event/per-event-worker.ts'
import type { Benchmark } from './bench.ts'
import { evaluateAll, fill } from './fill.ts'
import { measureThroughput } from './measure-throughput.ts'
import { type BenchPipeline, openPipeline, parityOf } from './pipeline.ts'

export interface Load {
  readonly seed: number
  readonly entities: number
  readonly events: number
  readonly prefix: string
  readonly asOf: Instant
  readonly duplicates?: number
  readonly time?: string
}

export interface ThroughputOptions {
  readonly name: string
  readonly summary: string
  readonly pipeline: unknown
  readonly eventsOf: (load: Load) => Iterable<OutgoingEvent>
  /** More than a worker takes in half a minute. */
  readonly load: number
  readonly perEvent: PerEventModel
  readonly targets: { readonly eventsPerSecond: string; readonly ratio?: string }
}

const ENTITIES = 5_000
const FACTS_EACH = 50

/** One worker process under full load at the pipeline's debounce, and a per-event worker beside it. */
export function throughputBenchmark(options: ThroughputOptions): Benchmark {
  const { name, summary, eventsOf, load, targets } = options
  return {
    name,
    summary,
    run: async (servers, log) => {
      const pipeline = await openPipeline(options.pipeline, await servers.freshDatabase())
      const asOf = systemClock.now()
      const common = { entities: ENTITIES, asOf }
      log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
      const filled = {
        seed: 1,
        events: ENTITIES * FACTS_EACH,
        prefix: 'fill-',
        duplicates: 0,
        time: formatInstant(asOf),
      }
      await fill(pipeline, eventsOf({ ...common, ...filled }))
      log(`publishing ${load} events, then running one worker`)
      const ours = await measureThroughput(
        servers,
        pipeline,
        eventsOf({ ...common, seed: 2, events: load, prefix: 'load-' }),
      )
      await evaluateAll(pipeline)
      const parity = await parityOf(pipeline)
      const facts = await factsPerEntity(pipeline)
      log('running the per-event worker')
      await servers.flushRedis()
      const naive = eventsOf({ ...common, seed: 3, events: 20_000, prefix: 'per-event-' })
      const perEvent = await measurePerEventWorker(servers, pipeline, options.perEvent, naive)
      await pipeline.pool.end()
      return {
        parity,
        figures: [
          {
            what: 'events persisted exactly once and evaluated',
            value: ours.eventsPerSecond,
            unit: 'events/s',
            target: targets.eventsPerSecond,
          },
          { what: 'a per-event worker, in the same run', value: perEvent, unit: 'events/s' },
          {
            what: 'ratio',
            value: ours.eventsPerSecond / perEvent,
            unit: '×',
            ...(targets.ratio === undefined ? {} : { target: targets.ratio }),
          },
          { what: 'p99 age of marks when evaluated', value: ours.markAgeP99, unit: 's', target: '<= 3' },
          { what: 'entities evaluated meanwhile', value: ours.evaluatedPerSecond, unit: 'entities/s' },
          { what: 'worker memory, peak RSS', value: ours.peakMegabytes, unit: 'MB', target: '<= 95' },
          { what: 'worker processor time', value: ours.cpuShare * 100, unit: '% of a core' },
          { what: 'events in the measured time', value: ours.events, unit: 'events' },
          { what: 'measured time', value: ours.seconds, unit: 's' },
          { what: 'facts per entity at the end', value: facts, unit: 'facts' },
          { what: 'the generator alone', value: ours.publishedPerSecond, unit: 'events/s' },
        ],
      }
    },
  }
}

async function factsPerEntity({ pool, rows }: BenchPipeline): Promise<number> {
  const { rows: found } = await pool.query<{ facts: number }>(`select avg(facts)::float8 as facts from ${rows}`)
  return found[0]?.facts ?? Number.NaN
}
