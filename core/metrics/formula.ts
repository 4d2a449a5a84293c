import type { Formula, SetAccumulator, SetMetric, SetPart } from '../metric-sets/metric-set.ts'
import {
  addFractions,
  compareFractions,
  divideFractions,
  type Fraction,
  multiplyFractions,
  roundFraction,
  whole,
} from '../numbers/fraction.ts'

/** What the accumulators of one window come to, their scales taken off. */
export type ExactTotals = ReadonlyMap<SetAccumulator, Fraction>

/** A metric's value as it is stored: an integer scaled by 10^decimals. */
export interface MetricValue {
  readonly scaled: bigint
  readonly decimals: number
}

const HUNDRED = whole(100)

/** A metric of one window: one exact fraction, rounded once. Null where it has no value. */
export function computeMetric({ formula, decimals }: SetMetric, totals: ExactTotals): MetricValue | null {
  const exact = exactValue(formula, totals)
  if (exact === null) return null
  const digits = formula.kind === 'value' ? formula.of.scale : decimals // a plain accumulator keeps those of the field it sums
  return { scaled: roundFraction(exact, digits), decimals: digits }
}

/** Null where it has no value. */
export function exactValue(formula: Formula, totals: ExactTotals): Fraction | null {
  switch (formula.kind) {
    case 'value':
      return totalOf(totals, formula.of)
    case 'quotient':
      return quotient(formula, whole(formula.factor), totals)
    case 'weighted':
      return isMet(formula.requires, totals) ? weightedMean(formula.parts, totals) : null
    case 'coverage':
      return isMet(formula.requires, totals) ? coverage(formula.parts, formula.total, totals) : null
  }
}

interface Pair {
  readonly numerator: SetAccumulator
  readonly denominator: SetAccumulator
}

function quotient({ numerator, denominator }: Pair, factor: Fraction, totals: ExactTotals): Fraction | null {
  return divideFractions(multiplyFractions(factor, totalOf(totals, numerator)), totalOf(totals, denominator))
}

function isMet(requires: SetAccumulator | undefined, totals: ExactTotals): boolean {
  return requires === undefined || totalOf(totals, requires).numerator !== 0n
}

/** The mean of the parts that have a value: absent ones carry no weight. */
function weightedMean(parts: readonly SetPart[], totals: ExactTotals): Fraction | null {
  let [sum, weights] = [whole(0), whole(0)]
  for (const part of parts) {
    const value = partValue(part, totals)
    if (value === null) continue
    sum = addFractions(sum, multiplyFractions(whole(part.weight), value))
    weights = addFractions(weights, whole(part.weight))
  }
  return divideFractions(sum, weights)
}

function partValue(part: SetPart, totals: ExactTotals): Fraction | null {
  const { atMost, otherwise } = part
  const percent = quotient(part, HUNDRED, totals)
  if (percent === null) return otherwise === undefined ? null : whole(otherwise)
  if (atMost === undefined) return percent
  const most = whole(atMost)
  return compareFractions(percent, most) > 0 ? most : percent
}

/** How much of the declared weight had a value, in percent; parts that the pipeline lacks belong to the total. */
function coverage(parts: readonly SetPart[], total: number, totals: ExactTotals): Fraction {
  const present = parts.filter((part) => partValue(part, totals) !== null)
  const weight = present.reduce((sum, part) => sum + part.weight, 0)
  return { numerator: 100n * BigInt(weight), denominator: BigInt(total) }
}

function totalOf(totals: ExactTotals, accumulator: SetAccumulator): Fraction {
  const total = totals.get(accumulator)
  if (total === undefined) throw new Error(`no total of ${accumulator.name} was given`)
  return total
}
