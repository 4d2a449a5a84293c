import { systemClock } from '../../adapters/process/system-clock.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { formatInstant } from '../../core/time/instant.ts'
import type { Benchmark, Parity } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import type { Load } from '../support/throughput-benchmark.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'
import { eventsOfB, pipelineB } from '../workloads/workload-b.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const ROUNDS = 5
const DEBOUNCE = { quiet: '1s', maxWait: '1s' }

/** How fast marked entities become rows, by one connection and nothing else going on; the median of a few rounds. */
export const evaluation: Benchmark = {
  name: 'evaluation',
  summary: 'rows computed a second, 50 facts each, three windows: workloads A and B',
  run: async (servers, log) => {
    const a = await measure(servers, pipelineA(DEBOUNCE), eventsOfA, log)
    const b = await measure(servers, pipelineB(DEBOUNCE), eventsOfB, log)
    return {
      parity: {
        compared: a.parity.compared + b.parity.compared,
        mismatches: a.parity.mismatches + b.parity.mismatches,
        missing: a.parity.missing + b.parity.missing,
      },
      figures: [
        { what: 'A: entities evaluated', value: a.perSecond, unit: 'entities/s', target: '>= 10000' },
        { what: 'B: entities evaluated', value: b.perSecond, unit: 'entities/s', target: '>= 5000' },
      ],
    }
  },
}

async function measure(
  servers: BenchServers,
  object: unknown,
  eventsOf: (load: Load) => Iterable<OutgoingEvent>,
  log: (message: string) => void,
): Promise<{ readonly perSecond: number; readonly parity: Parity }> {
  const pipeline = await openPipeline(object, await servers.freshDatabase())
  const asOf = systemClock.now()
  log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
  const load = { entities: ENTITIES, asOf, seed: 1, events: ENTITIES * FACTS_EACH, prefix: 'fill-', duplicates: 0 }
  await fill(pipeline, eventsOf({ ...load, time: formatInstant(asOf) }))
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await pipeline.pool.query(`insert into mp_mark (entity, version, first_dirty_at, last_dirty_at, published_at)
      select entity, nextval('mp_mark_version'), now(), now(), now() from ${pipeline.rows}`)
    const startedAt = performance.now()
    rates.push((await evaluateAll(pipeline)) / ((performance.now() - startedAt) / 1_000))
  }
  const parity = await parityOf(pipeline)
  await pipeline.pool.end()
  return { perSecond: rates.sort((x, y) => x - y)[Math.floor(ROUNDS / 2)] ?? Number.NaN, parity }
}
