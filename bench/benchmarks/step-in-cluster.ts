import { factTable } from '../../adapters/postgres/set-sql/identifiers.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { ApiObject } from '../../tests/support/cluster/api-client.ts'
import type { Benchmark, Figure } from '../support/bench.ts'
import { Flow } from '../support/flow.ts'
import { doneBy } from '../support/measure-throughput.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import { type Left, PipelineInCluster } from '../support/pipeline-in-cluster.ts'
import type { BenchServers } from '../support/servers.ts'
import { startFleet } from '../support/worker-process.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const SHARDS = 8
const MOST = 8
const ENTITIES = 1_600
const TARGET_SECONDS = 10
const IDLE_AFTER_SECONDS = 5
const BATCH = 50

/** Each batch waits so long in the database: a worker is slow though it takes next to nothing of the machine, and eight are nearly eight times as fast. */
const BATCH_SECONDS = 0.25

const FIXED_SECONDS = 15
const MOST_OF_ONE = BATCH / BATCH_SECONDS

const STEP_TIMES = 10
const STEP_SECONDS = 40

/** What goes on to come after the step, in what one worker gets done. */
const THEN_TIMES = 4

const LOOK_MS = 100

/** Below the target for so long, it is back for good. */
const BACK_MS = 5_000

/** A load that is far too much for all workers there may be, out of nothing: at first nobody knows what a worker gets done, then it is known. */
export const stepInCluster: Benchmark = {
  name: 'step-in-cluster',
  summary: `a pipeline without workers in a cluster, and at once ${STEP_TIMES} times as much as a worker gets done; ${MOST} workers at most`,
  onRequest: true,
  run: async (servers, log) => {
    const rate = await rateOf(1, servers, log)
    const capacity = (await rateOf(MOST, servers, log)) / MOST
    log('building the image and starting a cluster')
    await using running = await PipelineInCluster.start(servers, slowPipeline(), slowDown)
    const figures: Figure[] = [
      { what: 'one worker alone gets done', value: rate, unit: 'events/s' },
      { what: `each of ${MOST} gets done`, value: capacity, unit: 'events/s' },
    ]
    const events = load('step-', Number.POSITIVE_INFINITY)
    let published = 0
    for (const name of ['the first step', 'the second step']) {
      const step = await measureStep(servers, running, rate, events, log)
      published += step.published
      figures.push(...figuresOf(name, step, rate, capacity))
    }
    const { pool } = running.pipeline
    const { rows } = await pool.query<{ facts: number }>('select count(*)::int as facts from fact_departure')
    figures.push({
      what: 'events lost or counted twice',
      value: Math.abs(published - (rows[0]?.facts ?? 0)),
      unit: 'events',
      target: '<= 0',
    })
    return { parity: await parityOf(running.pipeline), figures }
  },
}

interface Step {
  /** All times are in seconds from the first event on. */
  readonly askedForMost: number
  readonly mostReady: number
  readonly overTarget: number
  readonly back: number
  readonly oldest: number
  readonly published: number
  /** From when everything is done with to when no worker is asked for. */
  readonly zeroAfter: number
  readonly left: Left
  readonly largestShare: number
}

async function measureStep(
  servers: BenchServers,
  running: PipelineInCluster,
  rate: number,
  events: Iterator<OutgoingEvent>,
  log: (message: string) => void,
): Promise<Step> {
  const { watch } = running
  await watch.until(() => watch.replicas === 0 && watch.pods.length === 0)
  log(
    `publishing ${Math.round(STEP_TIMES * rate)} events/s for ${STEP_SECONDS} s, then ${Math.round(THEN_TIMES * rate)}`,
  )
  const producer = await EventProducer.connect(servers.redisUrl, { pipeline: running.pipeline.loaded })
  const startedAt = performance.now()
  const since = (at: number) => (at - startedAt) / 1_000
  const flow = new Flow(producer, events, STEP_TIMES * rate)
  const falling = setTimeout(() => flow.changeTo(THEN_TIMES * rate), STEP_SECONDS * 1_000)
  const asked = watch.until(() => watch.replicas === MOST).then(() => since(watch.askedAt))
  const ready = watch.until(() => watch.pods.filter(({ readyAt }) => readyAt !== undefined).length === MOST).then(since)
  const ages = await untilBack(running, startedAt)
  clearTimeout(falling)
  const published = await flow.end()
  const [askedForMost, mostReady] = await Promise.all([asked, ready])
  log(
    `${MOST} asked for after ${askedForMost.toFixed(1)} s, ready after ${mostReady.toFixed(1)} s, back after ${ages.back.toFixed(1)} s`,
  )
  while ((await running.oldestAge()) > 0) await pause()
  const doneAt = performance.now()
  await watch.until(() => watch.replicas === 0)
  const zeroAfter = (watch.askedAt - doneAt) / 1_000
  const [left, largestShare] = [await running.left(), await running.largestShare()]
  await producer.close()
  return { askedForMost, mostReady, ...ages, published, zeroAfter, left, largestShare }
}

type Ages = Pick<Step, 'overTarget' | 'back' | 'oldest'>

/** When the oldest event was older than the target for the first time, when it was no more, and how old it became. */
async function untilBack(running: PipelineInCluster, startedAt: number): Promise<Ages> {
  let [overTarget, oldest, underSince]: [number, number, number] = [Number.NaN, 0, startedAt]
  for (;;) {
    const [age, now] = [await running.oldestAge(), performance.now()]
    const seconds = (now - startedAt) / 1_000
    oldest = Math.max(oldest, age)
    if (age > TARGET_SECONDS) {
      if (Number.isNaN(overTarget)) overTarget = seconds
      underSince = Number.NaN
    } else if (Number.isNaN(underSince)) underSince = now
    if (seconds > STEP_SECONDS && now - underSince >= BACK_MS)
      return { overTarget, oldest, back: (underSince - startedAt) / 1_000 }
    await pause()
  }
}

/**
 * When a worker that has the fullest shard for itself, and gets done what each of a fixed fleet of as many does, from when all are ready, has caught up with what had come into it until the target before
 * that. What the first ones got done until all were ready is left out.
 */
function allowedBy(rate: number, capacity: number, { mostReady, largestShare }: Step): number {
  const [first, then] = [STEP_TIMES * rate * largestShare, THEN_TIMES * rate * largestShare]
  return ((first - then) * STEP_SECONDS - then * TARGET_SECONDS + capacity * mostReady) / (capacity - then)
}

function figuresOf(name: string, step: Step, rate: number, capacity: number): readonly Figure[] {
  const allowed = allowedBy(rate, capacity, step)
  return [
    { what: `${name}: ${MOST} workers asked for after`, value: step.askedForMost, unit: 's', target: '<= 15' },
    { what: `${name}: all ready after`, value: step.mostReady, unit: 's' },
    { what: `${name}: older than ${TARGET_SECONDS} s after`, value: step.overTarget, unit: 's' },
    { what: `${name}: the oldest event was`, value: step.oldest, unit: 's' },
    { what: `${name}: back under ${TARGET_SECONDS} s after`, value: step.back, unit: 's' },
    { what: `${name}: the fullest of ${SHARDS} shards has`, value: step.largestShare * 100, unit: '%' },
    { what: `${name}: what the capacity allows`, value: allowed, unit: 's' },
    { what: `${name}: against that`, value: step.back / allowed, unit: '×', target: '<= 1.1' },
    {
      what: `${name}: from done to no worker asked for`,
      value: step.zeroAfter,
      unit: 's',
      target: `<= ${IDLE_AFTER_SECONDS + 15}`,
    },
    { what: `${name}: entries left by then`, value: step.left.entries, unit: 'entries', target: '<= 0' },
    { what: `${name}: marks and rows left by then`, value: step.left.work, unit: '', target: '<= 0' },
  ]
}

/** What so many bundled workers get done together that have more to do than they can, on a database of their own, once each has its share. */
async function rateOf(workers: number, servers: BenchServers, log: (message: string) => void): Promise<number> {
  const pipeline = await openPipeline(slowPipeline(), await servers.freshDatabase())
  await slowDown(pipeline)
  const producer = await EventProducer.connect(servers.redisUrl, { pipeline: pipeline.loaded })
  await producer.publish([...load('fixed-', 3 * FIXED_SECONDS * MOST_OF_ONE * workers)])
  await producer.close()
  const running = await startFleet(workers, servers, pipeline)
  const counted = () => Promise.all(running.map(doneBy))
  const shares = () => Promise.all(running.map((worker) => worker.metric('mp_worker_shards')))
  log(`${workers === 1 ? 'one worker alone' : `${workers} workers`} for ${FIXED_SECONDS} s`)
  while (!(await shares()).every((share) => share.get('') === SHARDS / workers)) await pause()
  while (!(await counted()).every((done) => done > 0)) await pause()
  const [startedAt, first] = [performance.now(), sum(await counted())]
  while (performance.now() - startedAt < FIXED_SECONDS * 1_000) await pause()
  const rate = ((sum(await counted()) - first) * 1_000) / (performance.now() - startedAt)
  await Promise.all(running.map((worker) => worker.stop()))
  await pipeline.pool.end()
  await servers.flushRedis()
  return rate
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function slowPipeline(): unknown {
  const scaling = {
    minReplicas: 0,
    maxReplicas: MOST,
    targetLatency: `${TARGET_SECONDS}s`,
    idleAfter: `${IDLE_AFTER_SECONDS}s`,
  }
  const debounce = { quiet: '1s', maxWait: '1s' }
  const { spec, ...rest } = pipelineA(debounce, { scaling, sharded: { prefix: 'bench', shards: SHARDS } }) as ApiObject
  return {
    ...rest,
    spec: { ...spec, database: { maxConnections: 60 }, workers: { ...spec.workers, batchSize: BATCH } },
  }
}

async function slowDown({ pool, loaded }: BenchPipeline): Promise<void> {
  const [type] = loaded.metricSet.events
  if (type === undefined) throw new Error('there is no type of events')
  await pool.query(`create function bench_slow() returns trigger language plpgsql as
    $$ begin perform pg_sleep(${BATCH_SECONDS}); return null; end $$`)
  await pool.query(
    `create trigger bench_slow before insert on ${factTable(type)} for each statement execute function bench_slow()`,
  )
}

function* load(prefix: string, events: number): Generator<OutgoingEvent> {
  const common = { seed: 1, entities: ENTITIES, asOf: systemClock.now(), duplicates: 0 }
  for (const { stream: _, ...event } of eventsOfA({ ...common, events, prefix })) yield event
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}
