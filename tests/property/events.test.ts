import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeEntry } from '../../adapters/redis/entry-codec.ts'
import { encodeEnvelope } from '../../adapters/redis/envelope.ts'
import { encodeEvent } from '../../adapters/redis/event-producer.ts'
import { createEventParser, type Fact } from '../../core/events/parse-event.ts'
import { createMetricSet } from '../../core/metric-sets/metric-set.ts'
import { formatInstant, type Instant, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../core/time/instant.ts'

// An event is the same fact in whichever form it travels.

const set = createMetricSet(
  {
    entity: 'shop',
    events: {
      order: {
        id: 'number',
        version: 'change',
        entity: 'shop',
        at: 'placedAt',
        fields: {
          number: { type: 'integer' },
          change: { type: 'integer' },
          shop: { type: 'string' },
          placedAt: { type: 'timestamp' },
          paidAt: { type: 'timestamp', required: false },
          cents: { type: 'integer' },
          kilos: { type: 'decimal', decimals: 3, required: false },
          express: { type: 'boolean', required: false },
          tags: { type: 'strings', required: false },
          street: { type: 'string', required: false, path: 'address.street' },
        },
      },
    },
    accumulators: { orders: { count: 'order' } },
    metrics: { orders: { value: 'orders' } },
  },
  { windows: [7], alignment: 'UtcDay' },
)

const parse = createEventParser(set)

const STORED = set.events[0]?.stored.map(({ name }) => name) ?? []

const instant = fc
  .integer({ min: -2_000_000_000, max: 7_000_000_000 })
  .chain((seconds) =>
    fc.integer({ min: 0, max: 999_999 }).map((micros): Instant => seconds * MICROS_PER_SECOND + micros),
  )

/** Text that the database can store, without commas: in a flat entry these part the items of a list. */
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((each) => !/[\0,]/.test(each) && each.isWellFormed())

const whole = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })

const orders = fc.record({
  number: fc.nat(),
  change: whole,
  shop: text,
  placedAt: instant,
  paidAt: fc.option(instant),
  cents: whole,
  grams: fc.option(whole),
  express: fc.option(fc.boolean()),
  tags: fc.option(fc.array(text, { maxLength: 3 })),
  street: fc.option(text),
})

type Order = typeof orders extends fc.Arbitrary<infer T> ? T : never

function dataOf({ grams, street, placedAt, paidAt, ...rest }: Order) {
  return {
    ...rest,
    placedAt: formatInstant(placedAt),
    paidAt: paidAt === null ? null : formatInstant(paidAt),
    kilos: grams === null ? null : grams / 1_000,
    address: { street },
  }
}

function factOf(fields: readonly string[]): Fact {
  const decoded = decodeEntry({ stream: 'orders', id: '1-1', fields, attempts: 1 }, new Map())
  if ('rejection' in decoded) throw new Error(JSON.stringify(decoded.rejection))
  const outcome = parse(decoded.event)
  if (outcome.kind !== 'fact') throw new Error(JSON.stringify(outcome))
  return outcome.fact
}

const TIME = '2026-11-23T00:00:00Z'

const encoded = (data: object, tombstone = false) =>
  encodeEvent({ stream: 'orders', type: 'order', id: 'e', time: TIME, data: { ...data }, tombstone })

describe('an event', () => {
  test('comes out of an entry as it was put in', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const { number, change, shop, placedAt, grams, ...rest } = order
        const { id, version, entity, at, values, deleted } = factOf(encoded(dataOf(order)))
        expect([id, version, entity, at, deleted]).toEqual([`${number}`, change, shop, placedAt, false])
        expect(Object.fromEntries(values.map((value, i) => [STORED[i], value]))).toEqual({ ...rest, kilos: grams })
      }),
    )
  })

  test('is the same fact in the original envelope', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const data = dataOf(order)
        const envelope = { id: 'e', timestamp: TIME, channel: 'orders', data, metadata: { event_type: 'order' } }
        expect(factOf(encodeEnvelope(envelope))).toEqual(factOf(encoded(data)))
      }),
    )
  })

  test('is the same fact in fields of its own, as text', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const { address: _, ...data } = dataOf(order)
        const texts = Object.entries(data).flatMap(([name, value]) => (value === null ? [] : [name, String(value)]))
        expect(factOf(['type', 'order', 'id', 'e', 'time', TIME, ...texts])).toEqual(factOf(encoded(data)))
      }),
    )
  })

  test('is the same fact whatever the order of its keys, and the zone of its times', () => {
    const cases = fc.tuple(orders, fc.integer({ min: -15 * 60, max: 15 * 60 }), fc.nat())
    fc.assert(
      fc.property(cases, ([order, offset, turn]) => {
        const data = dataOf(order)
        const entries = Object.entries({ ...data, placedAt: inZone(order.placedAt, offset) })
        const at = turn % entries.length
        const turned = Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)].toReversed())
        expect(factOf(encoded(turned))).toEqual(factOf(encoded(data)))
      }),
    )
  })
})

describe('the hash of a fact', () => {
  test('is that of its content, and of nothing else', () => {
    fc.assert(
      fc.property(orders, orders, fc.constantFrom('number', 'change'), (order, other, field) => {
        const { hash } = factOf(encoded(dataOf(order)))
        expect(factOf(encoded(dataOf({ ...order, [field]: other[field] }))).hash).toBe(hash)
      }),
    )
  })

  test('differs where any part of the content does', () => {
    const part = fc.constantFrom('shop', 'placedAt', 'paidAt', 'cents', 'grams', 'express', 'tags', 'street')
    fc.assert(
      fc.property(orders, orders, part, (order, other, field) => {
        fc.pre(JSON.stringify(order[field]) !== JSON.stringify(other[field]))
        const changed = { ...order, [field]: other[field] }
        expect(factOf(encoded(dataOf(changed))).hash).not.toBe(factOf(encoded(dataOf(order))).hash)
      }),
    )
  })

  test('is highest where the fact is deleted', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const data = dataOf(order)
        const [gone, there] = [factOf(encoded(data, true)), factOf(encoded(data))]
        expect(gone).toMatchObject({ id: there.id, version: there.version, deleted: true })
        expect(BigInt(gone.hash)).toBeGreaterThan(BigInt(there.hash))
      }),
    )
  })
})

/** The same instant as text with an offset of so many minutes. */
function inZone(at: Instant, minutes: number): string {
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const local = formatInstant(at + minutes * MICROS_PER_MINUTE).slice(0, -1)
  return `${local}${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}
