import pg from 'pg'
import { systemClock } from '../../adapters/process/system-clock.ts'
import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { Instant } from '../../core/time/instant.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { measurePerEventWorker, type PerEventModel } from '../per-event/per-event-worker.ts'
import type { Benchmark, Figure } from './bench.ts'
import { evaluateAll, fill } from './fill.ts'
import { measureThroughput, type Throughput } from './measure-throughput.ts'
import { type BenchPipeline, openPipeline, parityOf } from './pipeline.ts'
import type { BenchServers } from './servers.ts'
import type { WorkerProcessOptions } from './worker-process.ts'

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
  /** Makes and fills what the pipeline only reads. Facts of the pipeline's own are filled in unless this is given. */
  readonly prepare?: { readonly sql: string }
  readonly heap?: WorkerProcessOptions['heap']
  /** A worker that recomputes per event, measured beside. */
  readonly perEvent?: PerEventModel
  readonly targets: { readonly eventsPerSecond: string; readonly ratio?: string; readonly markAge?: string }
}

const ENTITIES = 5_000
const FACTS_EACH = 50

/** One worker process under full load at the pipeline's debounce, and perhaps a per-event worker beside it. */
export function throughputBenchmark(options: ThroughputOptions): Benchmark {
  const { name, summary, eventsOf, load, targets } = options
  return {
    name,
    summary,
    run: async (servers, log) => {
      const databaseUrl = await servers.freshDatabase()
      if (options.prepare !== undefined) await runSql(databaseUrl, options.prepare.sql)
      const pipeline = await openPipeline(options.pipeline, databaseUrl)
      const common = { entities: ENTITIES, asOf: systemClock.now() }
      await fillIn(options, pipeline, common, log)
      log(`publishing ${load} events, then running one worker`)
      const events = eventsOf({ ...common, seed: 2, events: load, prefix: 'load-' })
      const ours = await measureThroughput(servers, pipeline, events, options)
      await evaluateAll(pipeline)
      const parity = await parityOf(pipeline)
      const figures = figuresOf(ours, options, await factsPerEntity(pipeline))
      const beside = await measureBeside(options, servers, pipeline, common, log)
      await pipeline.pool.end()
      return { parity, figures: [...figures, ...ratioFigures(ours, beside, targets)] }
    },
  }
}

type Common = Pick<Load, 'entities' | 'asOf'>

async function fillIn(
  { prepare, eventsOf }: ThroughputOptions,
  pipeline: BenchPipeline,
  common: Common,
  log: (message: string) => void,
): Promise<void> {
  log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
  if (prepare !== undefined) {
    await evaluateAll(pipeline) // the first migration has marked whoever is in the table
    return
  }
  const time = formatInstant(common.asOf)
  await fill(
    pipeline,
    eventsOf({ ...common, seed: 1, events: ENTITIES * FACTS_EACH, prefix: 'fill-', duplicates: 0, time }),
  )
}

async function measureBeside(
  { perEvent, eventsOf }: ThroughputOptions,
  servers: BenchServers,
  pipeline: BenchPipeline,
  common: Common,
  log: (message: string) => void,
): Promise<number | undefined> {
  if (perEvent === undefined) return undefined
  log('running the per-event worker')
  await servers.flushRedis()
  const naive = eventsOf({ ...common, seed: 3, events: 20_000, prefix: 'per-event-' })
  return await measurePerEventWorker(servers, pipeline, perEvent, naive)
}

function figuresOf(ours: Throughput, { targets, heap }: ThroughputOptions, facts: number): readonly Figure[] {
  const memory = heap === 'large' ? {} : { target: '<= 95' }
  const markAge = targets.markAge === undefined ? {} : { target: targets.markAge }
  return [
    {
      what: 'events done with exactly once',
      value: ours.eventsPerSecond,
      unit: 'events/s',
      target: targets.eventsPerSecond,
    },
    { what: 'p99 age of marks when evaluated', value: ours.markAgeP99, unit: 's', ...markAge },
    { what: 'entities evaluated meanwhile', value: ours.evaluatedPerSecond, unit: 'entities/s' },
    { what: 'worker memory, RSS, p99', value: ours.megabytes.p99, unit: 'MB', ...memory },
    { what: 'worker memory, RSS, its highest ever', value: ours.megabytes.peak, unit: 'MB' },
    { what: 'worker processor time', value: ours.cpuShare * 100, unit: '% of a core' },
    { what: 'events in the measured time', value: ours.events, unit: 'events' },
    { what: 'measured time', value: ours.seconds, unit: 's' },
    { what: 'facts per entity at the end', value: facts, unit: 'facts' },
    { what: 'the generator alone', value: ours.publishedPerSecond, unit: 'events/s' },
  ]
}

function ratioFigures(
  ours: Throughput,
  beside: number | undefined,
  targets: ThroughputOptions['targets'],
): readonly Figure[] {
  if (beside === undefined) return []
  const target = targets.ratio === undefined ? {} : { target: targets.ratio }
  return [
    { what: 'a per-event worker, in the same run', value: beside, unit: 'events/s' },
    { what: 'ratio', value: ours.eventsPerSecond / beside, unit: '×', ...target },
  ]
}

async function factsPerEntity({ pool, rows }: BenchPipeline): Promise<number> {
  const { rows: found } = await pool.query<{ facts: number }>(`select avg(facts)::float8 as facts from ${rows}`)
  return found[0]?.facts ?? Number.NaN
}

async function runSql(databaseUrl: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(text).finally(() => client.end())
}
