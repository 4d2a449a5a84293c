import { describe, expect, test } from 'vitest'
import { scoreComposite } from '../../../../core/composite/score-composite.ts'
import type { CompositeDefinition, MetricSetDefinition } from '../../../../core/metric-sets/definition.ts'
import { createMetricSet, type SetComposite } from '../../../../core/metric-sets/metric-set.ts'

const PRODUCTIVITY: CompositeDefinition = {
  name: 'productivity',
  over: 'Facts',
  inputs: {
    success: { ratio: ['succeeded', 'finished'] },
    failure: { ratio: ['failed', 'finished'] },
    acceptance: { ratio: ['accepted', 'decided'] },
  },
  weights: { base: 50, success: 25, failure: 15, acceptance: 10 },
  score: [
    { plus: 'base' },
    { plus: 'success', times: 'success' },
    { minus: 'failure', times: 'failure' },
    { plus: 'acceptance', times: 'acceptance' },
  ],
  decimals: 2,
  sample: 'finished',
}

const DEFINITION: MetricSetDefinition = {
  entity: 'conversation',
  events: {
    call: {
      entity: 'conversation',
      at: 'at',
      fields: {
        conversation: { type: 'string' },
        at: { type: 'timestamp' },
        cents: { type: 'decimal', decimals: 2, minimum: 0, maximum: 1_000 },
      },
    },
  },
  accumulators: {
    succeeded: { count: 'call' },
    failed: { count: 'call' },
    finished: { count: 'call' },
    accepted: { count: 'call' },
    decided: { count: 'call' },
    cost: { sum: 'call.cents' },
  },
  metrics: { calls: { value: 'finished' } },
}

interface Counts {
  readonly succeeded: number
  readonly failed: number
  readonly accepted: number
  readonly decided: number
}

function scored(
  counts: Partial<Counts> & { readonly cost?: number },
  change: Partial<CompositeDefinition> = {},
  weights: Readonly<Record<string, number>> = {},
) {
  const set = createMetricSet(
    { ...DEFINITION, composite: { ...PRODUCTIVITY, ...change } },
    { windows: [7], alignment: 'UtcDay' },
  )
  const { succeeded = 0, failed = 0 } = counts
  const known: Readonly<Record<string, number>> = { ...counts, finished: succeeded + failed }
  const totals = new Map(set.accumulators.map((each) => [each, BigInt(known[each.name] ?? 0)]))
  return scoreComposite(set.composite as SetComposite, weights, totals)
}

describe('the productivity of what is done with tools', () => {
  test.each<[string, Partial<Counts>, string | null]>([
    ['everything succeeds and is accepted', { succeeded: 40, decided: 3, accepted: 3 }, '85.00'],
    ['everything fails and is rejected', { failed: 40, decided: 3 }, '35.00'],
    ['nine of ten succeed, half is accepted', { succeeded: 9, failed: 1, decided: 8, accepted: 4 }, '76.00'],
    ['a third of it succeeds: rounded once', { succeeded: 1, failed: 2, decided: 3, accepted: 1 }, '51.67'],
    ['nothing was done', {}, null],
    ['nothing was decided', { succeeded: 9, failed: 1 }, null],
    ['nothing was finished', { decided: 8, accepted: 4 }, null],
  ])('%s', (_sentence, counts, value) => {
    expect(scored(counts).value).toBe(value)
  })

  test('tells on how much it rests, and what it is made of', () => {
    expect(scored({ succeeded: 2, failed: 1, decided: 8, accepted: 4 })).toMatchObject({
      sampleSize: 3,
      inputs: { success: '0.666667', failure: '0.333333', acceptance: '0.500000' },
    })
    expect(scored({ succeeded: 2 })).toMatchObject({ sampleSize: 2, inputs: { success: '1.000000', acceptance: null } })
  })

  test('goes by the weights of a pipeline before those of the definition', () => {
    const counts = { succeeded: 9, failed: 1, decided: 8, accepted: 4 }
    expect(scored(counts, {}, { acceptance: 0 }).value).toBe('71.00')
    expect(scored(counts, {}, { base: -0.125 }).value).toBe('25.88')
  })
})

describe('what a score can be', () => {
  test.each<[string, Parameters<typeof scored>[0], Partial<CompositeDefinition>, string | null]>([
    ['never less than its minimum', { failed: 1, decided: 1 }, { minimum: 40, maximum: 60 }, '40.00'],
    ['never more than its maximum', { succeeded: 1, decided: 1, accepted: 1 }, { minimum: 40, maximum: 60 }, '60.00'],
    ['bounded before it is rounded', { failed: 1, decided: 1 }, { maximum: 12.5, decimals: 1 }, '12.5'],
    ['rounded half away from zero, below zero too', { failed: 1 }, ofCost('minus', 0.5, 0), '-1'],
    ['an amount in its own unit', { failed: 1, cost: 1_234 }, ofCost('plus', 2, 3), '24.680'],
    ['nothing without a sample, whatever amounts there are', { cost: 1_234 }, ofCost('plus', 2, 3), null],
  ])('%s', (_sentence, counts, change, value) => {
    expect(scored(counts, change).value).toBe(value)
  })
})

function ofCost(sign: 'plus' | 'minus', weight: number, decimals: number): Partial<CompositeDefinition> {
  const score = sign === 'plus' ? [{ plus: 'price', times: 'cost' }] : [{ minus: 'price' }]
  return { inputs: { cost: { value: 'cost' } }, weights: { price: weight }, score, decimals }
}
