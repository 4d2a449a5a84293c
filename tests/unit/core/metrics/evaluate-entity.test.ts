import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MetricSetDefinition } from '../../../../core/metric-sets/definition.ts'
import { createMetricSet, type MetricSetOptions } from '../../../../core/metric-sets/metric-set.ts'
import type { EntityFact } from '../../../../core/metrics/entity-fact.ts'
import { type EntityRow, evaluateEntity } from '../../../../core/metrics/evaluate-entity.ts'
import { type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE } from '../../../../core/time/instant.ts'

const DEFINITION: MetricSetDefinition = {
  entity: 'shop',
  events: {
    order: {
      entity: 'shop',
      at: 'placedAt',
      fields: {
        shop: { type: 'string' },
        placedAt: { type: 'timestamp' },
        cents: { type: 'integer' },
        kilos: { type: 'decimal', decimals: 2, required: false },
        express: { type: 'boolean', required: false },
      },
    },
  },
  accumulators: {
    orders: { count: 'order' },
    heavy: { count: 'order', where: { kilos: { above: 1.5 } } },
    weighed: { count: 'order', where: { kilos: { present: true } } },
    express: { count: 'order', where: { express: { equals: true } } },
    cents: { sum: 'order.cents' },
    kilos: { sum: 'order.kilos' },
  },
  metrics: {
    kilos: { value: 'kilos' },
    mean_cents: { ratio: ['cents', 'orders'], decimals: 2 },
    heavy_share: { percent: ['heavy', 'weighed'], decimals: 1 },
    score: {
      weighted: [
        { weight: 30, percent: ['heavy', 'weighed'] },
        { weight: 50, percent: ['express', 'orders'], atMost: 40 },
        { weight: 20, percent: ['express', 'heavy'], otherwise: 25 },
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
        mean_cents: { green: { atLeast: 10 }, red: { below: 0 } },
        heavy_share: { green: { below: 50 }, red: { atLeast: 80 } },
      },
      order: [
        { tier: 'Both', when: { green: { atLeast: 2 } } },
        { tier: 'Warned', when: { red: { atLeast: 1 } } },
        { tier: 'Other' },
      ],
      minimum: { orders: 2 },
    },
  },
}

const MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE

const WINDOWS = [7, 30]
const AS_OF: Instant = Date.UTC(2026, 10, 23, 15) * 1_000
const MIDNIGHT: Instant = Date.UTC(2026, 10, 23) * 1_000

const setOf = (alignment: MetricSetOptions['alignment']) => createMetricSet(DEFINITION, { windows: WINDOWS, alignment })
const SET = setOf('UtcDay')
const SLIDING = setOf('Sliding')
const [ORDER] = SET.events

interface Order {
  readonly at: Instant
  readonly cents?: number
  /** Hundredths. */
  readonly kilos?: number | null
  readonly express?: boolean | null
}

function fact({ at, cents = 0, kilos = null, express = null }: Order, set = SET): EntityFact {
  return {
    type: set.events[0] as NonNullable<typeof ORDER>,
    at,
    values: ['s', at, cents, kilos, express],
    reference: null,
  }
}

function evaluate(orders: readonly Order[], set = SET, asOf = AS_OF): EntityRow {
  return evaluateEntity(
    set,
    orders.map((order) => fact(order, set)),
    asOf,
  )
}

function metrics(orders: readonly Order[]): Readonly<Record<string, unknown>> {
  const window = evaluate(orders).windows[0]
  return {
    ...Object.fromEntries(SET.metrics.map(({ name }, i) => [name, window?.metrics[i]])),
    flags: window?.flags,
    tier: window?.tier,
  }
}

const count = (row: EntityRow) => row.windows.map(({ accumulators }) => Number(accumulators[0]))

describe('windows end at the as-of and begin with a day', () => {
  test.each([
    ['the as-of itself is ahead', AS_OF, [0, 0]],
    ['a microsecond before is inside', AS_OF - 1, [1, 1]],
    ['the first microsecond of the first day is inside', MIDNIGHT - 7 * MICROS_PER_DAY, [1, 1]],
    ['the one before is outside', MIDNIGHT - 7 * MICROS_PER_DAY - 1, [0, 1]],
    ['the longest window has its edge too', MIDNIGHT - 30 * MICROS_PER_DAY - 1, [0, 0]],
  ])('%s', (_sentence, at, expected) => {
    expect(count(evaluate([{ at }]))).toEqual(expected)
  })

  test('sliding windows begin at the hour', () => {
    const at = AS_OF - 7 * MICROS_PER_DAY
    expect(count(evaluate([{ at }], SLIDING))).toEqual([1, 1])
    expect(count(evaluate([{ at: at - 1 }], SLIDING))).toEqual([0, 1])
  })
})

describe('what a row counts, and when it changes by itself', () => {
  test('nothing: no facts, no change', () => {
    expect(evaluate([])).toMatchObject({ facts: 0, nextChange: null })
  })

  test('a fact older than every window is not counted any more', () => {
    expect(evaluate([{ at: MIDNIGHT - 30 * MICROS_PER_DAY - 1 }])).toMatchObject({ facts: 0, nextChange: null })
  })

  test('a fact ahead is counted already, and enters right after its instant', () => {
    const at = AS_OF + MICROS_PER_HOUR
    expect(evaluate([{ at }])).toMatchObject({ facts: 1, nextChange: at + 1 })
  })

  test('a fact leaves the shortest window at the midnight after its last day', () => {
    expect(evaluate([{ at: AS_OF - 1 }])).toMatchObject({ nextChange: MIDNIGHT + 8 * MICROS_PER_DAY })
    expect(evaluate([{ at: AS_OF - 1 }], SLIDING)).toMatchObject({ nextChange: AS_OF + 7 * MICROS_PER_DAY })
  })

  test('the earliest change counts', () => {
    const late = { at: MIDNIGHT - 30 * MICROS_PER_DAY }
    expect(evaluate([{ at: AS_OF - 1 }, late])).toMatchObject({ nextChange: MIDNIGHT + MICROS_PER_DAY })
  })

  test('until its next change a row without events stays as it is, and then it differs', () => {
    const offset = fc.integer({ min: -31 * 24 * 60, max: 3 * 24 * 60 }).map((minutes) => minutes * MICROS_PER_MINUTE)
    const histories = fc.array(
      offset.map((each) => ({ at: AS_OF + each, cents: 1 })),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(histories, fc.constantFrom(SET, SLIDING), (orders, set) => {
        const now = evaluate(orders, set)
        if (now.nextChange === null) return
        expect(evaluate(orders, set, now.nextChange - 1).windows).toEqual(now.windows)
        expect(evaluate(orders, set, now.nextChange).windows).not.toEqual(now.windows)
      }),
    )
  })
})

describe('metrics', () => {
  const at = AS_OF - 1

  test('without facts there is no mean and no score, and a sum is nothing', () => {
    expect(metrics([])).toEqual({
      kilos: '0.00',
      mean_cents: null,
      heavy_share: null,
      score: null,
      score_coverage: null,
      flags: '',
      tier: null,
    })
  })

  test.each([
    ['a half is rounded away from zero', [1, 0, 0, 0, 0, 0, 0, 0], '0.13'],
    ['below zero too', [-1, 0, 0, 0, 0, 0, 0, 0], '-0.13'],
    ['a third is not', [1, 0, 0], '0.33'],
    ['two thirds are', [-2, 0, 0], '-0.67'],
    ['beyond what a float can hold', [9_007_199_254_740_991, 9_007_199_254_740_991, 0], '6004799503160660.67'],
  ])('%s', (_sentence, cents, expected) => {
    expect(metrics(cents.map((each) => ({ at, cents: each })))).toMatchObject({ mean_cents: expected })
  })

  test('an absent value is not zero', () => {
    expect(metrics([{ at, kilos: 200 }, { at }])).toMatchObject({ kilos: '2.00', heavy_share: '100.0' })
  })

  test('an absent part of a score carries no weight, a capped one its cap, one with a substitute that', () => {
    expect(metrics([{ at, express: true }])).toMatchObject({ score: '35.714', score_coverage: '70.00' })
    expect(metrics([{ at, express: true, kilos: 100 }])).toMatchObject({ score: '25.000', score_coverage: '100.00' })
  })

  test('tiers go by rounded values, and are not given below the minimum', () => {
    expect(metrics([{ at, cents: 20, kilos: 100 }])).toMatchObject({
      flags: 'heavy_share=green,mean_cents=green',
      tier: null,
    })
    expect(metrics([{ at, cents: 20, kilos: 100 }, { at }])).toMatchObject({ tier: 'Both' })
    expect(metrics([{ at, cents: -1 }, ...Array.from({ length: 999 }, () => ({ at }))])).toMatchObject({
      mean_cents: '0.00',
      flags: '',
      tier: 'Other',
    })
    expect(metrics([{ at, cents: -1 }, { at }])).toMatchObject({ flags: 'mean_cents=red', tier: 'Warned' })
  })
})

test('any history comes to what a plain calculation gives', () => {
  const order = fc.record({
    at: fc.integer({ min: -45 * 24, max: 24 }).map((hours) => AS_OF + hours * MICROS_PER_HOUR),
    cents: fc.integer({ min: -500, max: 500 }),
    kilos: fc.option(fc.integer({ min: 0, max: 300 })),
    express: fc.option(fc.boolean()),
  })
  fc.assert(
    fc.property(fc.array(order, { maxLength: 40 }), fc.constantFrom(SET, SLIDING), (orders, set) => {
      const row = evaluate(orders, set)
      const start = set.alignment === 'UtcDay' ? MIDNIGHT : AS_OF
      for (const [i, days] of WINDOWS.entries()) {
        expect(row.windows[i]).toMatchObject(
          plainly(orders.filter(({ at }) => at < AS_OF && at >= start - days * MICROS_PER_DAY)),
        )
      }
    }),
    { numRuns: 500 },
  )
})

/** Everything in integers of 64 bits and more, so that no float decides. */
function plainly(orders: readonly Required<Order>[]) {
  const total = (of: (order: Required<Order>) => number) => orders.reduce((sum, order) => sum + BigInt(of(order)), 0n)
  const n = total(() => 1)
  const heavy = total(({ kilos }) => Number(kilos !== null && kilos > 150))
  const weighed = total(({ kilos }) => Number(kilos !== null))
  const express = total((each) => Number(each.express === true))
  const cents = total((each) => each.cents)
  const kilos = total((each) => each.kilos ?? 0)
  // the score over the common denominator of its parts
  const d = (weighed || 1n) * (n || 1n) * (heavy || 1n)
  const parts = [
    weighed > 0n ? { w: 30n, v: (100n * heavy * d) / weighed } : undefined,
    n > 0n ? { w: 50n, v: least((100n * express * d) / n, 40n * d) } : undefined,
    { w: 20n, v: heavy > 0n ? (100n * express * d) / heavy : 25n * d },
  ].filter((part) => part !== undefined)
  const weights = parts.reduce((sum, { w }) => sum + w, 0n)
  const score = parts.reduce((sum, { w, v }) => sum + w * v, 0n)
  return {
    accumulators: [n, heavy, weighed, express, cents, kilos],
    metrics: [
      text(kilos, 1n, 2, 1n),
      n > 0n ? text(cents, n, 2) : null,
      weighed > 0n ? text(100n * heavy, weighed, 1) : null,
      n > 0n ? text(score, weights * d, 3) : null,
      n > 0n ? text(100n * weights, 100n, 2) : null,
    ],
  }
}

function text(numerator: bigint, denominator: bigint, decimals: number, scale = 10n ** BigInt(decimals)): string {
  const size = numerator < 0n ? -numerator : numerator
  const digits = ((2n * size * scale + denominator) / (2n * denominator)).toString().padStart(decimals + 1, '0')
  const sign = numerator < 0n && /[1-9]/.test(digits) ? '-' : ''
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
