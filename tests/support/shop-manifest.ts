import { type LoadedPipeline, parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'

export const ORDERS = 'shop:orders'

/** A stream whose entries have to name their type. */
export const MIXED = 'shop:mixed'

/** A small set with one of everything that entries can get wrong. */
const DEFINITION = {
  entity: 'shop',
  entities: 'shops',
  events: {
    order: {
      streams: [ORDERS],
      entity: 'shop',
      at: 'placedAt',
      fields: {
        shop: { type: 'string', minLength: 1, maxLength: 40 },
        placedAt: { type: 'timestamp', maxAhead: '30d' },
        cents: { type: 'integer', minimum: 0, maximum: 100_000_000 },
        kilos: { type: 'decimal', decimals: 3, required: false, minimum: 0, maximum: 1_000 },
        points: { type: 'integer', required: false },
        express: { type: 'boolean', required: false },
        kind: { type: 'string', required: false, oneOf: ['book', 'toy'] },
        tags: { type: 'strings', required: false, maxItems: 3 },
        email: { type: 'string', required: false, store: false, format: 'email' },
        street: { type: 'string', required: false, store: false, path: 'address.street' },
      },
      rules: [
        {
          name: 'express-too-heavy',
          severity: 'error',
          when: { express: { equals: true } },
          require: { kilos: { atMost: 30 } },
          message: 'express parcels weigh at most 30 kilos',
        },
      ],
    },
    visit: { ignore: 'no metric reads visits', fields: {} },
  },
  accumulators: {
    orders: { count: 'order' },
    revenue: { sum: 'order.cents' },
    mass: { sum: 'order.kilos' },
    points: { sum: 'order.points' },
  },
  metrics: {
    orders: { value: 'orders' },
    revenue: { value: 'revenue' },
    mean_cents: { ratio: ['revenue', 'orders'], decimals: 2 },
  },
} as const

/** What orders bring in on the whole, as a score. */
const COMPOSITE = {
  name: 'takings',
  inputs: { mean_order: { ratio: ['revenue', 'orders'] } },
  weights: { base: 50, order: 1 },
  score: [{ plus: 'base' }, { plus: 'order', times: 'mean_order' }],
  decimals: 2,
  sample: 'orders',
} as const

export interface ShopOptions {
  readonly name?: string
  readonly suspend?: boolean
  readonly batchSize?: number
  /** In place of the plain streams. */
  readonly sharded?: { readonly prefix: string; readonly shards: number } | undefined
  readonly quiet?: string
  readonly claimIdle?: string
  readonly windows?: readonly string[]
  /** Further event types; their facts are counted nowhere. */
  readonly events?: Readonly<Record<string, unknown>>
  readonly aggregation?: Readonly<Record<string, unknown>>
  /** Who decides on the number of workers. Nobody, unless a test says so. */
  readonly scaling?: Readonly<Record<string, unknown>>
  /** When the score of all shops is calculated; left out, there is none. */
  readonly composite?: Readonly<Record<string, unknown>> | undefined
  /** What that score adds up. */
  readonly over?: 'Facts' | 'Rows'
  /** Of the workers. */
  readonly env?: readonly { readonly name: string; readonly value: string }[]
}

/** The manifest of a pipeline over orders of shops, evaluated right after each batch unless `quiet` says otherwise. */
export function shopManifest({ name = 'shops', ...options }: ShopOptions = {}): string {
  const {
    suspend = false,
    batchSize = 100,
    quiet = '0s',
    claimIdle = '1s',
    sharded,
    windows = ['7d', '30d'],
    events = {},
    aggregation = {},
    scaling = { mode: 'Off' },
    composite,
    over = 'Facts',
    env = [],
  } = options
  const scored = composite === undefined ? {} : { composite: { ...COMPOSITE, over } }
  return JSON.stringify({
    apiVersion: 'metricspipelines.io/v1alpha1',
    kind: 'MetricsPipeline',
    metadata: { name },
    spec: {
      suspend,
      source: { redisStreams: { ...(sharded === undefined ? { streams: [ORDERS, MIXED] } : { sharded }), claimIdle } },
      database: {},
      metrics: {
        windows,
        debounce: { quiet, maxWait: quiet },
        definition: { ...DEFINITION, events: { ...DEFINITION.events, ...events }, ...scored },
      },
      ...(composite === undefined ? {} : { composite }),
      workers: { batchSize, scaling, env },
      aggregation,
    },
  })
}

export function shopPipeline(options: ShopOptions = {}): LoadedPipeline {
  const parsed = parsePipeline(shopManifest(options), 'shops')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed
}
