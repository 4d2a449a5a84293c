import type { MetricSetDefinition } from '../../../core/metric-sets/definition.ts'
import { type AsOf, createMetricSet, type MetricSet } from '../../../core/metric-sets/metric-set.ts'
import type { WindowAlignment } from '../../../core/time/window.ts'

export const ORDERS = 'orders'
export const RATINGS = 'ratings'

/** In days. */
export const WINDOWS = [1, 3] as const

/** As small as a set can be that has references: whose a rating is, and when, its order says. */
const DEFINITION: MetricSetDefinition = {
  entity: 'shop',
  events: {
    order: {
      streams: [ORDERS],
      entity: 'shop',
      at: 'placedAt',
      fields: { shop: { type: 'string' }, placedAt: { type: 'timestamp' }, cents: { type: 'integer' } },
    },
    rating: {
      streams: [RATINGS],
      references: { order: 'orderId' },
      entity: 'order.shop',
      at: 'order.placedAt',
      fields: { orderId: { type: 'string' }, stars: { type: 'integer' } },
    },
  },
  accumulators: {
    orders: { count: 'order' },
    cents: { sum: 'order.cents' },
    ratings: { count: 'rating' },
    stars: { sum: 'rating.stars' },
  },
  metrics: { mean_cents: { ratio: ['cents', 'orders'], decimals: 2 } },
}

const sets = new Map<string, MetricSet>()

/** Made once for each pair: making a set takes longer than a schedule. */
export function shopSet(alignment: WindowAlignment, asOf: AsOf): MetricSet {
  const key = `${alignment} ${asOf}`
  let set = sets.get(key)
  if (set === undefined) sets.set(key, (set = createMetricSet(DEFINITION, { windows: WINDOWS, alignment, asOf })))
  return set
}
