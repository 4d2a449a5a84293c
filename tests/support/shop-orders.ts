import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { Row } from './pipeline-on-servers.ts'
import { ORDERS } from './shop-manifest.ts'

const DAY_MS = 86_400_000
const SHOPS = 20

/** The same for as long as a test runs, whatever midnight passes. */
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS

export interface Order extends OutgoingEvent {
  readonly data: { readonly shop: string; readonly placedAt: string; readonly cents: number; readonly kilos?: number }
}

/** An order of a few days ago, which every window of the test set holds. Equal for equal `n`, but for the day it is made on. */
export function order(n: number): Order {
  const placedAt = new Date(TODAY - (1 + (n % 5)) * DAY_MS + n).toISOString()
  return {
    stream: ORDERS,
    type: 'order',
    id: `order-${n}`,
    time: placedAt,
    data: { shop: `shop-${String(n % SHOPS).padStart(2, '0')}`, placedAt, cents: (n * 37) % 1_000, kilos: (n % 7) / 4 },
  }
}

/** Orders number `from` up to `to`, which is left out. */
export function orders(from: number, to: number): Order[] {
  return Array.from({ length: to - from }, (_, i) => order(from + i))
}

/** What the rows of these orders come to in the window of seven days, each order counted once. */
export function expectedRows(of: readonly Order[]): readonly Row[] {
  return byShop(of).map(([entity, own]) => ({ entity, ...window(own, 7) }))
}

/** The same in windows of so many days, each row at its own as-of. */
export function expectedRowsAt(
  of: readonly Order[],
  days: readonly number[],
  asOf: ReadonlyMap<string, Date>,
): readonly Row[] {
  return byShop(of).map(([entity, own]) => {
    const end = asOf.get(entity)?.getTime() ?? Number.NaN
    const since = (windowDays: number) => Math.floor(end / DAY_MS) * DAY_MS - windowDays * DAY_MS
    const isIn = (windowDays: number) => (each: Order) =>
      Date.parse(each.data.placedAt) >= since(windowDays) && Date.parse(each.data.placedAt) < end
    return Object.assign({ entity }, ...days.map((windowDays) => window(own.filter(isIn(windowDays)), windowDays)))
  })
}

function byShop(of: readonly Order[]): readonly [shop: string, orders: readonly Order[]][] {
  const once = [...new Map(of.map((each) => [each.id, each])).values()]
  return [...Map.groupBy(once, (each) => each.data.shop)].sort()
}

/** The columns of one window that holds these orders. */
function window(own: readonly Order[], days: number): Row {
  const cents = own.reduce((sum, each) => sum + each.data.cents, 0)
  const mean = Math.floor((200 * cents + own.length) / (2 * own.length))
  return {
    [`orders_${days}d`]: String(own.length),
    [`revenue_${days}d`]: String(cents),
    [`mean_cents_${days}d`]:
      own.length === 0 ? null : `${Math.floor(mean / 100)}.${String(mean % 100).padStart(2, '0')}`,
  }
}
