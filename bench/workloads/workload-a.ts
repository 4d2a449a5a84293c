import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { formatInstant, type Instant, MICROS_PER_MINUTE } from '../../core/time/instant.ts'
import { createRandom } from '../support/random.ts'

/** Workload A: one fact type in one table, four accumulators, three windows. */
export const STREAM_A = 'bench:departures'

const DUPLICATES = 0.07
const MINUTES_IN_WINDOW = 88 * 24 * 60

export function pipelineA(
  debounce: { readonly quiet: string; readonly maxWait: string },
  { name = 'workload-a', tables, sharded, over, scaling = { mode: 'Off' }, batchSize }: PipelineAOptions = {},
): unknown {
  return {
    apiVersion: 'metricspipelines.io/v1alpha1',
    kind: 'MetricsPipeline',
    metadata: { name },
    spec: {
      source: { redisStreams: sharded === undefined ? { streams: [STREAM_A] } : { sharded } },
      database: {},
      metrics: {
        windows: ['7d', '30d', '90d'],
        debounce,
        definition: over === undefined ? DEFINITION : { ...DEFINITION, composite: { ...RELIABILITY, over } },
        ...(tables === undefined ? {} : { tables }),
      },
      workers: { scaling, ...(batchSize === undefined ? {} : { batchSize }) },
    },
  }
}

export interface PipelineAOptions {
  /** Its consumer group is called so too: pipelines of two names read the same events. */
  readonly name?: string
  readonly tables?: Readonly<Record<string, string>>
  readonly sharded?: { readonly prefix: string; readonly shards: number }
  /** What a score of all airports would add up. When it is calculated is for others to say. */
  readonly over?: 'Facts' | 'Rows'
  /** Default: nobody decides on the number of workers. */
  readonly scaling?: Readonly<Record<string, unknown>>
  readonly batchSize?: number
}

const DEFINITION = {
  entity: 'airport',
  events: {
    departure: {
      streams: [STREAM_A],
      entity: 'origin',
      at: 'scheduledAt',
      fields: {
        origin: { type: 'string', maxLength: 8 },
        destination: { type: 'string', maxLength: 8 },
        scheduledAt: { type: 'timestamp' },
        delayMinutes: { type: 'integer', minimum: -1440, maximum: 2880 },
        distanceMiles: { type: 'integer', minimum: 0, maximum: 20000 },
      },
    },
  },
  accumulators: {
    departures: { count: 'departure' },
    onTime: { count: 'departure', where: { delayMinutes: { atMost: 15 } } },
    delay: { sum: 'departure.delayMinutes' },
    miles: { sum: 'departure.distanceMiles' },
  },
  metrics: {
    departures: { value: 'departures' },
    on_time_rate: { percent: ['onTime', 'departures'], decimals: 2 },
    mean_delay: { ratio: ['delay', 'departures'], decimals: 2 },
    miles_flown: { value: 'miles' },
  },
  tiers: {
    Default: {
      version: 1,
      flags: { on_time_rate: { green: { atLeast: 85 }, red: { below: 70 } } },
      order: [
        { tier: 'Reliable', when: { green: { atLeast: 1 } } },
        { tier: 'Delayed', when: { red: { atLeast: 1 } } },
        { tier: 'Typical' },
      ],
      minimum: { departures: 10 },
    },
  },
}

const RELIABILITY = {
  name: 'reliability',
  inputs: { on_time: { percent: ['onTime', 'departures'] } },
  weights: { on_time: 1 },
  score: [{ plus: 'on_time', times: 'on_time' }],
  decimals: 2,
  sample: 'departures',
}

export interface LoadA {
  readonly seed: number
  readonly entities: number
  readonly events: number
  /** Prefix of the event ids, so that two loads do not overlap. */
  readonly prefix: string
  readonly asOf: Instant
  readonly duplicates?: number
  /** Time of publication; left out: each event's own, when it is made. */
  readonly time?: string
}

/** Departures spread over the longest window and the entities, some of them sent twice. */
export function* eventsOfA({
  seed,
  entities,
  events,
  prefix,
  asOf,
  duplicates = DUPLICATES,
  time,
}: LoadA): Generator<OutgoingEvent> {
  const random = createRandom(seed)
  for (let i = 0; i < events; i += 1) {
    const repeats = i > 0 && random() < duplicates
    const number = repeats ? i - 1 - Math.floor(random() * Math.min(i, 2_000)) : i
    yield departure(number, entities, prefix, asOf, time)
  }
}

/** The same number gives the same departure: that is what makes a repetition one. */
function departure(
  number: number,
  entities: number,
  prefix: string,
  asOf: Instant,
  time: string | undefined,
): OutgoingEvent {
  const random = createRandom(number * 7_919 + 17)
  return {
    stream: STREAM_A,
    type: 'departure',
    id: `${prefix}${number}`,
    ...(time === undefined ? {} : { time }),
    data: {
      origin: `E${Math.floor(random() * entities)}`,
      destination: `E${Math.floor(random() * entities)}`,
      scheduledAt: formatInstant(asOf - Math.ceil(random() * MINUTES_IN_WINDOW) * MICROS_PER_MINUTE),
      delayMinutes: Math.floor(random() * 120) - 20,
      distanceMiles: Math.floor(random() * 3_000),
    },
  }
}
