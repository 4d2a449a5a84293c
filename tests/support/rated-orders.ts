import { type LoadedPipeline, parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'
import type { MetricSetDefinition } from '../../core/metric-sets/definition.ts'
import type { AsOf } from '../../core/metric-sets/metric-set.ts'
import type { WindowAlignment } from '../../core/time/window.ts'

/** A small set with a reference: whose a rating is, and when, is known by its order alone. */
export const RATED_ORDERS: MetricSetDefinition = {
  entity: 'shop',
  entities: 'shops',
  events: {
    order: {
      streams: ['rated:orders'],
      entity: 'shop',
      at: 'placedAt',
      fields: {
        shop: { type: 'string', minLength: 1, maxLength: 40 },
        placedAt: { type: 'timestamp' },
        cents: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
        kilos: { type: 'decimal', decimals: 3, required: false, minimum: 0, maximum: 1_000 },
        express: { type: 'boolean', required: false },
      },
    },
    rating: {
      streams: ['rated:ratings'],
      references: { order: 'orderId' },
      entity: 'order.shop',
      at: 'order.placedAt',
      fields: {
        orderId: { type: 'string', minLength: 1, maxLength: 40 },
        stars: { type: 'integer', minimum: 1, maximum: 5 },
      },
    },
    profile: {
      streams: ['rated:profiles'],
      id: 'shop',
      entity: 'shop',
      fields: { shop: { type: 'string', minLength: 1, maxLength: 40 }, open: { type: 'boolean' } },
    },
  },
  active: { event: 'profile', where: { open: { equals: true } } },
  accumulators: {
    orders: { count: 'order' },
    weighed: { count: 'order', where: { kilos: { present: true } } },
    heavy: { count: 'order', where: { any: [{ kilos: { above: 2.5 } }, { express: { equals: false } }] } },
    cents: { sum: 'order.cents' },
    kilos: { sum: 'order.kilos', where: { not: { express: { equals: true } } } },
    ratings: { count: 'rating' },
    stars: { sum: 'rating.stars' },
    pleased: { count: 'rating', where: { stars: { atLeast: 4 }, 'order.express': { equals: true } } },
  },
  metrics: {
    orders: { value: 'orders' },
    kilos: { value: 'kilos' },
    mean_cents: { ratio: ['cents', 'orders'], decimals: 2 },
    cents_per_kilo: { ratio: ['cents', 'kilos'], decimals: 1 },
    mean_stars: { ratio: ['stars', 'ratings'], decimals: 2 },
    rated_share: { percent: ['ratings', 'orders'], decimals: 1 },
    score: {
      weighted: [
        { weight: 30, percent: ['heavy', 'weighed'], atMost: 100 },
        { weight: 50, percent: ['pleased', 'ratings'], otherwise: 25 },
        { weight: 20, percent: ['ratings', 'orders'] },
      ],
      requires: 'orders',
      decimals: 3,
    },
    score_coverage: { coverage: 'score', decimals: 2 },
  },
  tiers: {
    Default: {
      version: 1,
      flags: {
        mean_stars: { green: { atLeast: 4 }, red: { below: 2.5 } },
        mean_cents: { green: { above: 0 }, red: { below: 0 } },
      },
      order: [
        { tier: 'Liked', when: { green: { atLeast: 2 } } },
        { tier: 'Watched', when: { red: { atLeast: 1 } } },
        { tier: 'Plain' },
      ],
      minimum: { orders: 2 },
    },
  },
}

export interface RatedOrdersOptions {
  readonly alignment?: WindowAlignment
  readonly asOf?: AsOf
}

/** A pipeline over these orders, evaluated right after each batch. */
export function ratedOrdersPipeline({ alignment = 'UtcDay', asOf = 'Clock' }: RatedOrdersOptions = {}): LoadedPipeline {
  const manifest = {
    apiVersion: 'metricspipelines.io/v1alpha1',
    kind: 'MetricsPipeline',
    metadata: { name: 'rated-orders' },
    spec: {
      source: { redisStreams: { streams: ['rated:orders', 'rated:ratings', 'rated:profiles'] } },
      database: {},
      metrics: {
        windows: ['2d', '7d'],
        windowAlignment: alignment,
        asOf,
        debounce: { quiet: '0s', maxWait: '0s' },
        definition: RATED_ORDERS,
      },
      workers: { scaling: { mode: 'Off' } },
    },
  }
  const parsed = parsePipeline(JSON.stringify(manifest), 'rated orders')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed
}
