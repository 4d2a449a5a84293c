import { systemClock } from '../../adapters/process/system-clock.ts'
import type { Benchmark } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { measureThroughput } from '../support/measure-throughput.ts'
import { measurePerEventWorker } from '../support/per-event-worker.ts'
import { openPipeline, parityOf } from '../support/pipeline.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const LOAD = 900_000

export const throughputA: Benchmark = {
  name: 'throughput-a',
  summary: 'workload A at 1 s debounce, one worker, beside a worker that recomputes per event',
  run: async (servers, log) => {
    const pipeline = await openPipeline(pipelineA({ quiet: '1s', maxWait: '1s' }), await servers.freshDatabase())
    const asOf = systemClock.now()
    const common = { entities: ENTITIES, asOf }
    log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
    await fill(
      pipeline,
      eventsOfA({
        ...common,
        seed: 1,
        events: ENTITIES * FACTS_EACH,
        prefix: 'fill-',
        duplicates: 0,
        time: '2026-01-01T00:00:00Z',
      }),
    )
    log(`publishing ${LOAD} events, then running one worker`)
    const ours = await measureThroughput(
      servers,
      pipeline,
      eventsOfA({ ...common, seed: 2, events: LOAD, prefix: 'load-' }),
    )
    await evaluateAll(pipeline)
    const parity = await parityOf(pipeline)
    const facts = await pipeline.pool.query<{ facts: string }>(
      'select count(*)::float8 / count(distinct entity) as facts from fact_departure',
    )
    log('running the per-event worker')
    await servers.flushRedis()
    const perEvent = await measurePerEventWorker(
      servers,
      pipeline,
      eventsOfA({ ...common, seed: 3, events: 20_000, prefix: 'naive-' }),
    )
    await pipeline.pool.end()
    return {
      parity,
      figures: [
        {
          what: 'events persisted exactly once and evaluated',
          value: ours.eventsPerSecond,
          unit: 'events/s',
          target: '>= 12000',
        },
        { what: 'a per-event worker, in the same run', value: perEvent, unit: 'events/s' },
        { what: 'ratio', value: ours.eventsPerSecond / perEvent, unit: '×', target: '>= 200' },
        { what: 'p99 age of marks when evaluated', value: ours.markAgeP99, unit: 's', target: '<= 3' },
        { what: 'entities evaluated meanwhile', value: ours.evaluatedPerSecond, unit: 'entities/s' },
        { what: 'worker memory, peak RSS', value: ours.peakMegabytes, unit: 'MB', target: '<= 95' },
        { what: 'worker processor time', value: ours.cpuShare * 100, unit: '% of a core' },
        { what: 'events in the measured time', value: ours.events, unit: 'events' },
        { what: 'measured time', value: ours.seconds, unit: 's' },
        { what: 'facts per entity at the end', value: Number(facts.rows[0]?.facts), unit: 'facts' },
        { what: 'the generator alone', value: ours.publishedPerSecond, unit: 'events/s' },
      ],
    }
  },
}
