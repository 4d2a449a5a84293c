import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { quantileBetween } from '../../core/numbers/histogram.ts'
import { quantile } from './bench.ts'
import type { BenchPipeline } from './pipeline.ts'
import type { BenchServers } from './servers.ts'
import { WorkerProcess, type WorkerProcessOptions } from './worker-process.ts'

const POLL_MS = 500
const SAMPLE_MS = 100
const MEASURED_SECONDS = 30

export interface Throughput {
  readonly eventsPerSecond: number
  readonly seconds: number
  readonly events: number
  readonly publishedPerSecond: number
  /** Age of marks when they were taken, 99th percentile, in seconds. */
  readonly markAgeP99: number
  readonly evaluatedPerSecond: number
  /** Resident memory, sampled ten times a second: its 99th percentile, and the most that the kernel ever saw. */
  readonly megabytes: { readonly p99: number; readonly peak: number }
  readonly cpuShare: number
}

export interface MeasureOptions {
  readonly heap?: WorkerProcessOptions['heap']
}

/**
 * Publishes all events first (the generator is measured apart and is ahead of the clock), then lets one worker process run for half a
 * minute, or until it has done all of them. Counts what was committed and acknowledged in that time.
 */
export async function measureThroughput(
  servers: BenchServers,
  pipeline: BenchPipeline,
  events: Iterable<OutgoingEvent>,
  { heap = 'small' }: MeasureOptions = {},
): Promise<Throughput> {
  const published = await publishAll(servers.redisUrl, events)
  const worker = await WorkerProcess.start({
    pipelineFile: pipeline.file,
    databaseUrl: pipeline.databaseUrl,
    redisUrl: servers.redisUrl,
    heap,
  })
  const startedAt = performance.now()
  const ages = await worker.histogram('mp_worker_mark_age_seconds')
  const [cpu, first] = [worker.cpuSeconds(), await doneBy(worker)]
  const resident: number[] = []
  const sampling = setInterval(() => resident.push(worker.memory().now), SAMPLE_MS)
  let [done, seconds] = [0, 0]
  while (seconds < MEASURED_SECONDS && first + done < published.events) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    done = (await doneBy(worker)) - first
    seconds = (performance.now() - startedAt) / 1_000
  }
  clearInterval(sampling)
  const evaluated = sum(await worker.metric('mp_worker_entities_evaluated_total'))
  const result = {
    eventsPerSecond: done / seconds,
    seconds,
    events: done,
    publishedPerSecond: published.perSecond,
    markAgeP99: quantileBetween(ages, await worker.histogram('mp_worker_mark_age_seconds'), 0.99) ?? Number.NaN,
    evaluatedPerSecond: evaluated / seconds,
    megabytes: { p99: quantile(resident, 0.99), peak: worker.memory().peak },
    cpuShare: (worker.cpuSeconds() - cpu) / seconds,
  }
  await worker.stop()
  return result
}

export async function publishAll(
  redisUrl: string,
  events: Iterable<OutgoingEvent>,
): Promise<{ events: number; perSecond: number }> {
  const producer = await EventProducer.connect(redisUrl)
  const startedAt = performance.now()
  let published = 0
  let chunk: OutgoingEvent[] = []
  for (const event of events) {
    chunk.push(event)
    if (chunk.length < 1_000) continue
    published += (await producer.publish(chunk)).length
    chunk = []
  }
  published += (await producer.publish(chunk)).length
  await producer.close()
  return { events: published, perSecond: published / ((performance.now() - startedAt) / 1_000) }
}

/** Entries that a worker is done with. */
export async function doneBy(worker: WorkerProcess): Promise<number> {
  return sum(await worker.metric('mp_worker_entries_total'))
}

function sum(samples: ReadonlyMap<string, number>): number {
  return [...samples.values()].reduce((total, value) => total + value, 0)
}
