import { Evaluator } from '../../adapters/postgres/evaluator.ts'
import { FactStore } from '../../adapters/postgres/fact-store.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { Fact } from '../../core/events/parse-event.ts'
import { createEventParser } from '../../core/events/parse-event.ts'
import { formatInstant, type Instant, parseInstant } from '../../core/time/instant.ts'
import { eventsOfA } from '../workloads/workload-a.ts'
import { type BenchPipeline, openPipeline } from './pipeline.ts'
import type { BenchServers } from './servers.ts'

const FACTS_AT_ONCE = 2_000

/** A pipeline of workload A in a database of its own. The same load leaves the same tables, whatever the pipeline is called. */
export async function openFilled(
  servers: BenchServers,
  object: unknown,
  { entities, factsEach, asOf }: { readonly entities: number; readonly factsEach: number; readonly asOf: Instant },
): Promise<BenchPipeline> {
  const pipeline = await openPipeline(object, await servers.freshDatabase())
  const load = { seed: 1, entities, asOf, events: entities * factsEach, prefix: 'fill-', duplicates: 0 }
  await fill(pipeline, eventsOfA({ ...load, time: formatInstant(asOf) }))
  return pipeline
}

/** Puts events into the database by the worker's own commit, without the way through Redis, and evaluates every entity. */
export async function fill(pipeline: BenchPipeline, events: Iterable<OutgoingEvent>): Promise<number> {
  const { pool, loaded, revision } = pipeline
  const parse = createEventParser(loaded.metricSet)
  const store = new FactStore(pool, loaded.metricSet, revision)
  let facts: Fact[] = []
  let filled = 0
  const flush = async () => {
    await store.commit({ consumer: 'bench', facts, marks: [], deadLetters: [], positions: [] })
    filled += facts.length
    facts = []
  }
  for (const event of events) {
    facts.push(factOf(parse, event))
    if (facts.length === FACTS_AT_ONCE) await flush()
  }
  if (facts.length > 0) await flush()
  await evaluateAll(pipeline)
  await pool.query('vacuum analyze')
  return filled
}

/** Evaluates whatever is marked. Gives the number of entities. */
export async function evaluateAll({ pool, loaded, revision }: BenchPipeline): Promise<number> {
  const evaluator = new Evaluator(pool, loaded.metricSet, revision)
  for (let total = 0; ; ) {
    const { entities } = await evaluator.evaluateDue({ quietMs: 0, maxWaitMs: 0 }, 500)
    if (entities === 0) return total
    total += entities
  }
}

function factOf(parse: ReturnType<typeof createEventParser>, { type, id, time, data }: OutgoingEvent): Fact {
  const published = parseInstant(time ?? '2026-01-01T00:00:00Z')
  if ('problem' in published) throw new Error(`${time} is no time`)
  const outcome = parse({ type, id, publishedAt: published.instant, tombstone: false, textual: false, data })
  if (outcome.kind !== 'fact') throw new Error(`a generated event is no fact: ${JSON.stringify(outcome)}`)
  return outcome.fact
}
