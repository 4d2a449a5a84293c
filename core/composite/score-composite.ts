import type { SetAccumulator, SetComposite, SetInput } from '../metric-sets/metric-set.ts'
import type { Totals } from '../metrics/accumulate.ts'
import { exactValue } from '../metrics/formula.ts'
import { decimalFraction } from '../numbers/decimal-fraction.ts'
import {
  addFractions,
  compareFractions,
  type Fraction,
  formatScaled,
  multiplyFractions,
  roundFraction,
  unscaled,
  whole,
} from '../numbers/fraction.ts'
import type { CompositeResult } from './composite-result.ts'

/** Digits of an input that is a quotient, for whoever reads it. The score is made of the exact one. */
const INPUT_DECIMALS = 6

/** The accumulators that a composite is made of, each once. */
export function accumulatorsOf({ inputs, sample }: SetComposite): readonly SetAccumulator[] {
  const ofInputs = inputs.flatMap(({ formula }) =>
    formula.kind === 'value' ? [formula.of] : [formula.numerator, formula.denominator],
  )
  return [...new Set([...ofInputs, sample])]
}

/** A score from what its accumulators come to: one exact fraction, bounded, rounded once. `weights` go before those of the definition. */
export function scoreComposite(
  composite: SetComposite,
  weights: Readonly<Record<string, number>>,
  totals: Totals,
): CompositeResult {
  const exact = new Map([...totals].map(([accumulator, total]) => [accumulator, unscaled(total, accumulator.scale)]))
  const values = new Map(composite.inputs.map((input) => [input, exactValue(input.formula, exact)]))
  const sampleSize = Number(totals.get(composite.sample) ?? 0n)
  const score = sampleSize === 0 ? null : sumOfTerms(composite, { ...composite.weights, ...weights }, values)
  return {
    value: score && rounded(bounded(score, composite), composite.decimals),
    sampleSize,
    inputs: Object.fromEntries([...values].map(([input, value]) => [input.name, value && inputText(input, value)])),
  }
}

type InputValues = ReadonlyMap<SetInput, Fraction | null>

function sumOfTerms(
  { score }: SetComposite,
  weights: Readonly<Record<string, number>>,
  values: InputValues,
): Fraction | null {
  let sum = whole(0)
  for (const { sign, weight, input } of score) {
    const value = input === undefined ? whole(1) : (values.get(input) ?? null)
    if (value === null) return null
    const factor = multiplyFractions(whole(sign), decimalFraction(weights[weight] ?? 0))
    sum = addFractions(sum, multiplyFractions(factor, value))
  }
  return sum
}

function bounded(score: Fraction, { minimum, maximum }: SetComposite): Fraction {
  const [least, most] = [minimum, maximum].map((bound) => (bound === undefined ? undefined : decimalFraction(bound)))
  if (least !== undefined && compareFractions(score, least) < 0) return least
  return most !== undefined && compareFractions(score, most) > 0 ? most : score
}

function inputText({ formula }: SetInput, value: Fraction): string {
  return rounded(value, formula.kind === 'value' ? formula.of.scale : INPUT_DECIMALS)
}

function rounded(value: Fraction, decimals: number): string {
  return formatScaled(roundFraction(value, decimals), decimals)
}
