import fc from 'fast-check'
import type { CompositeDefinition, CompositeInput, MetricSetDefinition } from '../../core/metric-sets/definition.ts'
import { anyDefinition, MEASURED_EVENTS } from './arbitrary-definitions.ts'

/** What facts there are is the same for all of them: orders, their ratings, and profiles of the shops. */
export const SCORED_EVENTS: MetricSetDefinition['events'] = {
  ...MEASURED_EVENTS,
  profile: {
    id: 'shop',
    entity: 'shop',
    fields: {
      shop: { type: 'string', maxLength: 40 },
      region: { type: 'string', required: false, oneOf: ['North', "l'Est", 'a=b'] },
      open: { type: 'boolean', required: false },
    },
  },
}

const accumulator = fc.integer({ min: 0, max: 4 }).map((index) => `a${index}`)

const pair = fc.tuple(accumulator, accumulator)

const input: fc.Arbitrary<CompositeInput> = fc.oneof(
  accumulator.map((value) => ({ value })),
  pair.map((ratio) => ({ ratio })),
  pair.map((percent) => ({ percent })),
)

const weight = fc.constantFrom(-1_000_000, -15, -0.000001, 0, 0.1, 10, 33.333333)

const sign = fc.constantFrom('plus', 'minus')

const bounds = fc.constantFrom({}, { minimum: 0 }, { maximum: 100 }, { minimum: -5, maximum: 5 })

const composite: fc.Arbitrary<CompositeDefinition> = fc
  .record({
    inputs: fc.tuple(input, input),
    weights: fc.tuple(weight, weight, weight),
    signs: fc.tuple(sign, sign, sign),
    over: fc.constantFrom('Facts', 'Rows'),
    window: fc.constantFrom({}, { window: '2d' }, { window: '7d' }),
    decimals: fc.integer({ min: 0, max: 9 }),
    bounds,
  })
  .map(({ inputs, weights, signs, over, window, decimals, bounds }) => ({
    name: 'score',
    over,
    ...window,
    inputs: named('i', inputs),
    weights: named('w', weights),
    score: signs.map((each, index) => ({
      ...(each === 'plus' ? { plus: `w${index}` } : { minus: `w${index}` }),
      ...(index < inputs.length ? { times: `i${index}` } : {}),
    })),
    ...bounds,
    decimals,
    sample: 'orders',
    groups: { region: { by: 'profile.region' }, open: { by: 'profile.open' } },
  }))

function named<T>(letter: string, values: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(values.map((value, index) => [`${letter}${index}`, value]))
}

/** Any definition with any composite that the vocabulary allows. */
export const anyScoredDefinition: fc.Arbitrary<MetricSetDefinition> = fc
  .tuple(anyDefinition, composite)
  .map(([definition, composite]) => ({
    ...definition,
    events: SCORED_EVENTS,
    accumulators: { ...definition.accumulators, orders: { count: 'order' } },
    composite,
  }))
