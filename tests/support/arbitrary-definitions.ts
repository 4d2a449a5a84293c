import fc from 'fast-check'
import type {
  Accumulator,
  Condition,
  EventDefinition,
  FieldTests,
  Metric,
  MetricSetDefinition,
  NumberTest,
  TierRules,
} from '../../core/metric-sets/definition.ts'

/** What facts there are is the same for all of them: orders with a field of every kind, narrow and wide, and ratings that refer to them. */
export const MEASURED_EVENTS: Readonly<Record<string, EventDefinition>> = {
  order: {
    entity: 'shop',
    at: 'placedAt',
    fields: {
      shop: { type: 'string', maxLength: 40 },
      placedAt: { type: 'timestamp' },
      cents: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
      points: { type: 'integer', required: false },
      kilos: { type: 'decimal', decimals: 3, required: false, minimum: 0, maximum: 1_000 },
      carats: { type: 'decimal', decimals: 9, required: false, minimum: -5_000, maximum: 5_000 },
      express: { type: 'boolean', required: false },
      kind: { type: 'string', required: false, oneOf: ['book', 'toy', "o'clock"] },
    },
  },
  rating: {
    references: { order: 'orderId' },
    entity: 'order.shop',
    at: 'order.placedAt',
    fields: {
      orderId: { type: 'string', maxLength: 40 },
      stars: { type: 'integer', minimum: 1, maximum: 5 },
      weight: { type: 'decimal', decimals: 2, required: false },
    },
  },
}

/** How often each is taken: values on either side of every bound below come up. */
export const SAMPLES = {
  cents: [-1_000_000, -7, 0, 1, 3, 250, 1_000_000],
  points: [-9_007_199_254_740_991, -1, 0, 5, 9_007_199_254_740_991],
  kilos: [0, 0.001, 0.5, 2.5, 1_000],
  carats: [-5_000, -0.000000001, 0, 0.333333333, 5_000],
  stars: [1, 2, 3, 4, 5],
  weight: [-1.25, 0, 0.01, 3, 90_071_992_547_409],
} as const satisfies Readonly<Record<string, readonly number[]>>

const ACCUMULATORS = 5

const numbersOf = (field: keyof typeof SAMPLES) => fc.constantFrom(...SAMPLES[field])

function numberTests(field: keyof typeof SAMPLES, path: string = field): fc.Arbitrary<FieldTests> {
  const bounds = fc.constantFrom('atLeast', 'atMost', 'above', 'below', 'equals')
  return fc.oneof(
    fc.tuple(bounds, numbersOf(field)).map(([bound, value]) => ({ [path]: { [bound]: value } })),
    fc.tuple(numbersOf(field), numbersOf(field)).map(([one, other]) => ({ [path]: { oneOf: [one, other] } })),
    fc.boolean().map((present) => ({ [path]: { present } })),
  )
}

function otherTests(prefix = ''): fc.Arbitrary<FieldTests> {
  const kinds = fc.constantFrom('book', 'toy', "o'clock")
  return fc.oneof(
    fc.boolean().map((equals) => ({ [`${prefix}express`]: { equals } })),
    kinds.map((equals) => ({ [`${prefix}kind`]: { equals } })),
    fc.tuple(kinds, kinds).map(([one, other]) => ({ [`${prefix}kind`]: { oneOf: [one, other], present: true } })),
    fc.constant({ [`${prefix}placedAt`]: { present: true } }),
  )
}

function conditions(tests: fc.Arbitrary<FieldTests>): fc.Arbitrary<Condition> {
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => {
    const parts = fc.array(tie('condition'), { minLength: 1, maxLength: 3 })
    return {
      condition: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        tests,
        fc.tuple(tests, tests).map(([one, other]) => ({ ...one, ...other })),
        parts.map((all) => ({ all })),
        parts.map((any) => ({ any })),
        tie('condition').map((not) => ({ not })),
      ),
    }
  })
  return condition
}

const ofOrders = fc.oneof(
  numberTests('cents'),
  numberTests('points'),
  numberTests('kilos'),
  numberTests('carats'),
  otherTests(),
)

const ofRatings = fc.oneof(
  numberTests('stars'),
  numberTests('weight'),
  numberTests('kilos', 'order.kilos'),
  otherTests('order.'),
)

function accumulators(
  event: 'order' | 'rating',
  fields: readonly string[],
  tests: fc.Arbitrary<FieldTests>,
): fc.Arbitrary<Accumulator> {
  const where = fc.option(conditions(tests), { nil: undefined })
  const what = fc.constantFrom({ count: event }, ...fields.map((field) => ({ sum: `${event}.${field}` })))
  return fc
    .tuple(what, where)
    .map(([each, condition]) => (condition === undefined ? each : { ...each, where: condition }))
}

const accumulatorName = fc.integer({ min: 0, max: ACCUMULATORS - 1 }).map((index) => `a${index}`)

const pair = fc.tuple(accumulatorName, accumulatorName)

const decimals = fc.integer({ min: 0, max: 9 })

const percents = fc.constantFrom(-50, 0, 7, 100, 1_000)

const part = fc.record(
  { weight: fc.integer({ min: 1, max: 100 }), percent: pair, atMost: percents, otherwise: percents },
  { requiredKeys: ['weight', 'percent'] },
)

const metric: fc.Arbitrary<Metric> = fc.oneof(
  accumulatorName.map((value) => ({ value })),
  fc.record({ ratio: pair, decimals }),
  fc.record({ percent: pair, decimals }),
)

const weighted: fc.Arbitrary<Metric> = fc.record(
  { weighted: fc.array(part, { minLength: 1, maxLength: 3 }), requires: accumulatorName, decimals },
  { requiredKeys: ['weighted', 'decimals'] },
)

const thresholds: fc.Arbitrary<NumberTest> = fc
  .tuple(fc.constantFrom('equals', 'atLeast', 'atMost', 'above', 'below'), fc.constantFrom(-1, 0, 0.5, 1, 33.33, 100))
  .map(([name, bound]) => ({ [name]: bound }))

const flagged = fc.record({ green: thresholds, red: thresholds })

const counts = fc.record({
  green: fc.integer({ min: 0, max: 3 }).map((atLeast) => ({ atLeast })),
  red: fc.constant({ equals: 0 }),
})

const tierRules: fc.Arbitrary<TierRules> = fc
  .tuple(flagged, flagged, counts, fc.constantFrom('a0', 'm0', 'score'), fc.constantFrom(-2, 0, 1, 2.5))
  .map(([ofMetric, ofScore, when, name, least]) => ({
    version: 1,
    flags: { m0: ofMetric, score: ofScore },
    order: [{ tier: 'First', when }, { tier: 'Second', when: { red: { atLeast: 2 } } }, { tier: 'Last' }],
    minimum: { [name]: least },
  }))

/** Any definition over these events that the vocabulary allows, as far as a few accumulators and metrics go. */
export const anyDefinition: fc.Arbitrary<MetricSetDefinition> = fc
  .record({
    ofEvents: fc.array(
      fc.oneof(
        accumulators('order', ['cents', 'points', 'kilos', 'carats'], ofOrders),
        accumulators('rating', ['stars', 'weight'], ofRatings),
      ),
      { minLength: ACCUMULATORS, maxLength: ACCUMULATORS },
    ),
    metrics: fc.array(metric, { minLength: 4, maxLength: 4 }),
    score: weighted,
    rules: tierRules,
  })
  .map(({ ofEvents, metrics, score, rules }) => ({
    entity: 'shop',
    events: MEASURED_EVENTS,
    accumulators: Object.fromEntries(ofEvents.map((each, index) => [`a${index}`, each])),
    metrics: {
      ...Object.fromEntries(metrics.map((each, index) => [`m${index}`, each])),
      score,
      score_coverage: { coverage: 'score', decimals: 3 },
    },
    tiers: { Default: rules },
  }))
