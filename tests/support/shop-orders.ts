import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { Row } from './pipeline-on-servers.ts'
import { ORDERS } from './shop-manifest.ts'

const DAY_MS = 86_400_000
const SHOPS = 20

/** An order of a few days ago, which every window of the test set holds. Equal for equal `n`, but for the day it is made on. */
export function order(
  n: number,
): OutgoingEvent & { readonly data: { readonly shop: string; readonly placedAt: string; readonly cents: number } } {
  const placedAt = new Date(startOfToday() - (1 + (n % 5)) * DAY_MS + n).toISOString()
  return {
    stream: ORDERS,
    type: 'order',
    id: `order-${n}`,
    time: placedAt,
    data: { shop: `shop-${String(n % SHOPS).padStart(2, '0')}`, placedAt, cents: (n * 37) % 1_000, kilos: (n % 7) / 4 },
  }
}

/** Orders number `from` up to `to`, which is left out. */
export function orders(from: number, to: number): ReturnType<typeof order>[] {
  return Array.from({ length: to - from }, (_, i) => order(from + i))
}

/** What the rows of these orders come to in the window of seven days, each order counted once. */
export function expectedRows(of: readonly ReturnType<typeof order>[]): readonly Row[] {
  const once = [...new Map(of.map((each) => [each.id, each])).values()]
  return [...Map.groupBy(once, (each) => each.data.shop)].sort().map(([entity, own]) => {
    const cents = own.reduce((sum, each) => sum + each.data.cents, 0)
    const mean = Math.floor((200 * cents + own.length) / (2 * own.length))
    const mean_cents_7d = `${Math.floor(mean / 100)}.${String(mean % 100).padStart(2, '0')}`
    return { entity, orders_7d: String(own.length), revenue_7d: String(cents), mean_cents_7d }
  })
}

function startOfToday(): number {
  return Math.floor(Date.now() / DAY_MS) * DAY_MS
}
