import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fact } from '../../core/events/parse-event.ts'
import { createMetricSet, type MetricSetOptions } from '../../core/metric-sets/metric-set.ts'
import { evaluateEntity } from '../../core/metrics/evaluate-entity.ts'
import { formatInstant, type Instant, MICROS_PER_DAY } from '../../core/time/instant.ts'
import { factCreator } from '../support/create-fact.ts'
import { liveFacts } from '../support/live-facts.ts'
import { RATED_ORDERS } from '../support/rated-orders.ts'

// Core's evaluation against a calculation that knows nothing of it, with orders and as-ofs on either side of every edge of every window.

const MIDNIGHT: Instant = Date.UTC(2026, 10, 23) * 1_000

interface Order {
  readonly at: Instant
  readonly cents: number
  readonly grams: number | null
  readonly express: boolean | null
  readonly stars: readonly number[]
}

const order = fc.record({
  at: fc
    .tuple(fc.integer({ min: -12, max: 12 }), fc.constantFrom(-1, 0, 1, 43_200_000_000))
    .map(([days, micros]) => MIDNIGHT + days * MICROS_PER_DAY + micros),
  cents: fc.integer({ min: -900, max: 900 }),
  grams: fc.option(fc.integer({ min: 0, max: 4_000 })),
  express: fc.option(fc.boolean()),
  stars: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
})

const cases = fc.record({
  orders: fc.array(order, { maxLength: 12 }),
  hasProfile: fc.boolean(),
  windows: fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 3 }),
  alignment: fc.constantFrom('UtcDay', 'Sliding'),
  /** An order's instant, that many days later, and a microsecond before or after it. */
  asOf: fc.tuple(fc.nat(), fc.integer({ min: 0, max: 10 }), fc.integer({ min: -1, max: 1 })),
})

describe('a row is what a plain calculation makes of its facts', () => {
  test('to the microsecond of every edge, and to the last digit', () => {
    fc.assert(
      fc.property(cases, ({ orders, hasProfile, windows, alignment, asOf: [which, days, micros] }) => {
        const asOf = (orders[which % orders.length]?.at ?? MIDNIGHT) + days * MICROS_PER_DAY + micros
        const row = evaluate(orders, hasProfile, { windows, alignment }, asOf)
        const inside = (length: number, at: Instant, time: Instant) =>
          at < time && at >= begin(alignment, time) - length * MICROS_PER_DAY
        const sorted = windows.toSorted((a, b) => a - b)
        const longest = sorted.at(-1) as number
        for (const [i, length] of sorted.entries())
          expect(row.windows[i]).toEqual({
            days: length,
            ...plainly(orders.filter(({ at }) => inside(length, at, asOf))),
          })

        const counted = orders.filter(({ at }) => at >= asOf || inside(longest, at, asOf))
        expect(row.facts).toBe(counted.reduce((sum, { stars }) => sum + 1 + stars.length, 0) + Number(hasProfile))
        const memberships = (time: Instant) =>
          orders.map(({ at }) => sorted.map((length) => inside(length, at, time))).join()
        const changes = instantsAround(orders, sorted).filter(
          (time) => time > asOf && memberships(time) !== memberships(asOf),
        )
        expect(row.nextChange).toBe(changes.length === 0 ? null : Math.min(...changes))
      }),
      { numRuns: 2_000 },
    )
  })
})

function begin(alignment: string, asOf: Instant): Instant {
  return alignment === 'UtcDay' ? Math.floor(asOf / MICROS_PER_DAY) * MICROS_PER_DAY : asOf
}

/** Every instant at which anything could change. */
function instantsAround(orders: readonly Order[], windows: readonly number[]): readonly Instant[] {
  return orders.flatMap(({ at }) => [
    at + 1,
    ...windows.flatMap((days) => [at + days * MICROS_PER_DAY + 1, begin('UtcDay', at) + (days + 1) * MICROS_PER_DAY]),
  ])
}

/** The metrics of the set once more, in whole numbers. */
function plainly(orders: readonly Order[]) {
  const sum = (of: (order: Order) => number) => orders.reduce((total, each) => total + of(each), 0)
  const stars = orders.flatMap((each) => each.stars.map((given) => ({ given, express: each.express })))
  const [n, rated, given] = [orders.length, stars.length, stars.reduce((total, each) => total + each.given, 0)]
  const weighed = sum(({ grams }) => Number(grams !== null))
  const heavy = sum(({ grams, express }) => Number((grams ?? 0) > 2_500 || express === false))
  const cents = sum((each) => each.cents)
  // where it is not known whether an order was express, it is not known that it was not
  const grams = sum((each) => (each.express === false ? (each.grams ?? 0) : 0))
  const pleased = stars.filter((each) => each.given >= 4 && each.express === true).length
  const parts = [
    ...(weighed > 0 ? [{ weight: 30, n: Math.min(100 * heavy, 100 * weighed), d: weighed }] : []),
    rated > 0 ? { weight: 50, n: 100 * pleased, d: rated } : { weight: 50, n: 25, d: 1 },
    ...(n > 0 ? [{ weight: 20, n: 100 * rated, d: n }] : []),
  ]
  const all = parts.reduce((product, { d }) => product * d, 1)
  const weights = parts.reduce((total, { weight }) => total + weight, 0)
  const score = parts.reduce((total, part) => total + (part.weight * part.n * all) / part.d, 0)
  const [meanStars, meanCents] = [rounded(given, rated, 2), rounded(cents, n, 2)]
  const flags = [
    ...flag('mean_stars', (meanStars ?? 0n) >= 400n, (meanStars ?? 400n) < 250n),
    ...flag('mean_cents', (meanCents ?? 0n) > 0n, (meanCents ?? 0n) < 0n),
  ]
  const isWatched = flags.some((each) => each.endsWith('red'))
  return {
    accumulators: [n, weighed, heavy, cents, grams, rated, given, pleased].map(BigInt),
    metrics: [
      String(n),
      text(BigInt(grams), 3),
      text(meanCents, 2),
      text(rounded(1_000 * cents, grams, 1), 1),
      text(meanStars, 2),
      text(rounded(100 * rated, n, 1), 1),
      n === 0 ? null : text(rounded(score, weights * all, 3), 3),
      n === 0 ? null : text(rounded(weights, 1, 2), 2),
    ],
    flags: flags.sort().join(),
    tier: n < 2 ? null : flags.length === 2 && !isWatched ? 'Liked' : isWatched ? 'Watched' : 'Plain',
  }
}

function flag(name: string, isGreen: boolean, isRed: boolean): readonly string[] {
  return isGreen ? [`${name}=green`] : isRed ? [`${name}=red`] : []
}

/** In units of the last digit, half away from zero; nothing where there is nothing to divide by. */
function rounded(numerator: number, denominator: number, decimals: number): bigint | null {
  if (denominator === 0) return null
  const [size, by] = [BigInt(Math.abs(numerator)) * 10n ** BigInt(decimals), BigInt(denominator)]
  const [whole, rest] = [size / by, size % by]
  const magnitude = 2n * rest >= by ? whole + 1n : whole
  return numerator < 0 ? -magnitude : magnitude
}

function text(units: bigint | null, decimals: number): string | null {
  if (units === null) return null
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function evaluate(orders: readonly Order[], hasProfile: boolean, options: MetricSetOptions, asOf: Instant) {
  const set = createMetricSet(RATED_ORDERS, options)
  const create = factCreator(set)
  const facts: readonly Fact[] = [
    ...(hasProfile ? [create('profile', 'a', { open: true }, 1)] : []),
    ...orders.flatMap(({ at, cents, grams, express, stars }, i) => [
      create(
        'order',
        `${i}`,
        { shop: 'a', placedAt: formatInstant(at), cents, kilos: grams === null ? null : grams / 1_000, express },
        1,
      ),
      ...stars.map((given, j) => create('rating', `${i} ${j}`, { orderId: `${i}`, stars: given }, 1)),
    ]),
  ]
  return evaluateEntity(set, liveFacts(set, facts).get('a') ?? [], asOf)
}
