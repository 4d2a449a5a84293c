import type { OutgoingEvent } from '../../../adapters/redis/event-producer.ts'
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_MILLISECOND } from '../../../core/time/instant.ts'
import type { Random } from '../world/random.ts'
import { WINDOWS } from './shop-set.ts'

/** What an event of these says, in numbers. */
export type ShopEvent =
  | { readonly kind: 'order'; readonly id: string; readonly version: Instant; readonly order: Order | undefined }
  | { readonly kind: 'rating'; readonly id: string; readonly version: Instant; readonly rating: Rating | undefined }
  /** Nobody can read it. */
  | { readonly kind: 'broken'; readonly id: string; readonly version: Instant }

export interface Order {
  readonly shop: string
  readonly placedAt: Instant
  readonly cents: number
}

export interface Rating {
  readonly orderId: string
  readonly stars: number
}

export interface EventsPlan {
  /** How many. */
  readonly events: number
  readonly shops: readonly string[]
  readonly orders: number
  readonly epoch: Instant
}

const MINUTE = 60_000

/** Events about a few orders of a few shops: corrections, moves, deletions and ratings, in any order. No two have the same version. */
export function makeEvents(random: Random, plan: EventsPlan): readonly ShopEvent[] {
  return Array.from({ length: plan.events }, (_, i) => makeEvent(random, plan, i))
}

function makeEvent(random: Random, { shops, orders, epoch }: EventsPlan, i: number): ShopEvent {
  const version = epoch + random.between(-1_000, 1_000) * MICROS_PER_MILLISECOND + i
  const orderId = `o${random.below(orders)}`
  const id = `r${random.below(orders)}`
  const isDeleted = random.chance(120)
  if (random.chance(30)) return { kind: 'broken', id: orderId, version }
  if (random.chance(350))
    return { kind: 'rating', id, version, rating: isDeleted ? undefined : { orderId, stars: random.between(1, 5) } }
  const order = {
    shop: random.pick(shops),
    placedAt: placedAt(random, epoch),
    cents: random.below(1_000),
  }
  return { kind: 'order', id: orderId, version, order: isDeleted ? undefined : order }
}

/** Within the windows, or about to leave one, or to enter, or too old for all of them. */
function placedAt(random: Random, epoch: Instant): Instant {
  const soon = random.between(-2_000, 15_000) * MICROS_PER_MILLISECOND
  switch (random.below(6)) {
    case 0:
      return epoch + soon
    case 1:
      return epoch + soon - random.pick(WINDOWS) * MICROS_PER_DAY
    case 2:
      return epoch - 5 * MICROS_PER_DAY
    default:
      return epoch - random.between(1, 40 * 60) * MINUTE * MICROS_PER_MILLISECOND
  }
}

export function toOutgoing(event: ShopEvent): OutgoingEvent {
  const { id, version } = event
  const time = formatInstant(version)
  if (event.kind === 'broken') return { type: 'order', id, time, data: { shop: 1 } }
  const { kind: type } = event
  if (event.kind === 'order') {
    const { order } = event
    if (order === undefined) return { type, id, time, data: {}, tombstone: true }
    return { type, id, time, data: { ...order, placedAt: formatInstant(order.placedAt) } }
  }
  const { rating } = event
  if (rating === undefined) return { type, id, time, data: {}, tombstone: true }
  return { type, id, time, data: { ...rating } }
}
