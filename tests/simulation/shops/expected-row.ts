import type { Instant } from '../../../core/time/instant.ts'
import type { WindowAlignment } from '../../../core/time/window.ts'
import type { Order, Rating, ShopEvent } from './shop-events.ts'

// The few lines that everything else is compared with. Nothing of the engine's arithmetic is used here.

const DAY = 86_400_000_000

/** Of each order and each rating what its highest version says; deleted ones are gone. */
export interface Truth {
  readonly orders: ReadonlyMap<string, Order>
  readonly ratings: readonly Rating[]
}

export function truthOf(published: readonly { readonly event: ShopEvent }[]): Truth {
  const highest = new Map<string, ShopEvent>()
  for (const { event } of published) {
    if (event.kind === 'broken') continue
    const known = highest.get(event.id)
    if (known === undefined || event.version > known.version) highest.set(event.id, event)
  }
  const orders = new Map<string, Order>()
  const ratings: Rating[] = []
  for (const event of highest.values()) {
    if (event.kind === 'order' && event.order !== undefined) orders.set(event.id, event.order)
    if (event.kind === 'rating' && event.rating !== undefined) ratings.push(event.rating)
  }
  return { orders, ratings }
}

/** A shop's row as text: facts, next change, and of each window orders, cents, ratings, stars and mean. */
export function expectedRow(
  { orders, ratings }: Truth,
  shop: string,
  asOf: Instant,
  windows: readonly number[],
  alignment: WindowAlignment,
): string {
  const edge = alignment === 'UtcDay' ? Math.floor(asOf / DAY) * DAY : asOf
  const oldest = edge - Math.max(...windows) * DAY
  const own = [...orders.values()].filter((order) => order.shop === shop && order.placedAt >= oldest)
  const rated = ratings.flatMap(({ orderId, stars }) => {
    const order = orders.get(orderId)
    return order !== undefined && order.shop === shop && order.placedAt >= oldest ? [{ at: order.placedAt, stars }] : []
  })
  let nextChange = Number.POSITIVE_INFINITY
  for (const at of [...own.map(({ placedAt }) => placedAt), ...rated.map((rating) => rating.at)])
    if (at >= asOf) nextChange = Math.min(nextChange, at + 1)
    else
      for (const days of windows)
        if (at >= edge - days * DAY)
          nextChange = Math.min(
            nextChange,
            alignment === 'UtcDay' ? Math.floor(at / DAY) * DAY + (days + 1) * DAY : at + days * DAY + 1,
          )
  const perWindow = windows.map((days) => {
    const isInside = (at: Instant) => at >= edge - days * DAY && at < asOf
    const inside = own.filter(({ placedAt }) => isInside(placedAt))
    const stars = rated.filter(({ at }) => isInside(at)).map((rating) => rating.stars)
    const cents = sum(inside.map((order) => order.cents))
    return [inside.length, cents, stars.length, sum(stars), mean(cents, inside.length)].join(' ')
  })
  return [own.length + rated.length, Number.isFinite(nextChange) ? nextChange : null, ...perWindow].join(' | ')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** Two decimals, half up: all of these are positive. */
function mean(total: number, count: number): string | null {
  return count === 0 ? null : (Math.floor((200 * total + count) / (2 * count)) / 100).toFixed(2)
}
