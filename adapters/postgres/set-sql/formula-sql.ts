import type { NumberTest } from '../../../core/metric-sets/definition.ts'
import type { Formula, SetAccumulator, SetMetric, SetPart } from '../../../core/metric-sets/metric-set.ts'
import type { WindowDays } from '../../../core/time/window.ts'
import { accumulatorMagnitude } from './column-types.ts'
import { identifier, windowColumn } from './identifiers.ts'

/** The largest intermediate value that 64-bit arithmetic may see. */
const BIGINT_BOUND = 9e18

/** A metric of one window over that window's accumulator columns, rounded once, as `numeric` with its declared decimals. */
export function metricSql(metric: SetMetric, days: WindowDays): string {
  const { formula, decimals } = metric
  const column = (accumulator: SetAccumulator) => identifier(windowColumn(accumulator.column, days))
  switch (formula.kind) {
    case 'value':
      return unscaled(column(formula.of), formula.of.scale)
    case 'quotient':
      return quotientSql(formula, decimals, column)
    case 'weighted':
      return weightedSql(formula, decimals, column)
    case 'coverage':
      return coverageSql(formula, decimals, column)
  }
}

type ColumnOf = (accumulator: SetAccumulator) => string

function quotientSql(
  { numerator, denominator, factor }: Extract<Formula, { kind: 'quotient' }>,
  decimals: number,
  column: ColumnOf,
): string {
  const [up, down] = scales(numerator, denominator)
  const largest = Math.max(
    accumulatorMagnitude(numerator) * 2 * factor * up * 10 ** decimals,
    accumulatorMagnitude(denominator) * 2 * down,
  )
  const type = largest < BIGINT_BOUND ? 'bigint' : 'numeric'
  const n = product([`${column(numerator)}::${type}`, String(factor * up)])
  const d = product([`${column(denominator)}::${type}`, String(down)])
  return `case when ${column(denominator)} <> 0 then ${roundedSql(n, d, decimals, type)} end`
}

/** Both sides brought to integers of one unit: a numerator stored in thousandths needs a denominator a thousand times as large. */
function scales(numerator: SetAccumulator, denominator: SetAccumulator): [up: number, down: number] {
  return [10 ** denominator.scale, 10 ** numerator.scale]
}

/** n/d with `decimals` digits, half away from zero, from integers alone: `sign(n) * div(2*|n|*10^k + d, 2*d)`. */
function roundedSql(n: string, d: string, decimals: number, type: 'bigint' | 'numeric'): string {
  const [numerator, denominator] = [`(${n})::${type}`, `(${d})::${type}`]
  const dividend = `2 * abs(${numerator}) * ${10 ** decimals} + abs(${denominator})`
  const quotient =
    type === 'bigint' ? `(${dividend}) / (2 * abs(${denominator}))` : `div(${dividend}, 2 * abs(${denominator}))`
  const isNegative = `(${numerator} < 0) <> (${denominator} < 0)`
  return unscaled(`case when ${isNegative} then -1 else 1 end * (${quotient})`, decimals)
}

/** An integer scaled by 10^decimals as `numeric`; multiplying keeps exactly that many digits, dividing would not. */
function unscaled(sql: string, decimals: number): string {
  return decimals === 0 ? `(${sql})::numeric` : `(${sql})::numeric * ${(10 ** -decimals).toFixed(decimals)}`
}

/**
 * Parts p_i = n_i/d_i with weights w_i, where absent ones weigh nothing:
 * sum(w_i * n_i * product of the other d) over sum(w_i) * product of all d, one fraction, rounded once.
 */
function weightedSql(
  { parts, requires }: Extract<Formula, { kind: 'weighted' }>,
  decimals: number,
  column: ColumnOf,
): string {
  const fractions = parts.map((part) => partSql(part, column))
  const n = fractions
    .map(({ weight, numerator }, i) =>
      product([weight, numerator, ...others(fractions, i).map((other) => other.denominator)]),
    )
    .join(' + ')
  const weights = `(${fractions.map(({ weight }) => weight).join(' + ')})`
  const d = product([weights, ...fractions.map(({ denominator }) => denominator)])
  const guards = [`${weights} <> 0`, ...(requires === undefined ? [] : [`${column(requires)} <> 0`])]
  if (parts.length === 0) return 'null::numeric'
  return `case when ${guards.join(' and ')} then ${roundedSql(n, d, decimals, 'numeric')} end`
}

interface PartSql {
  readonly weight: string
  readonly numerator: string
  readonly denominator: string
}

function partSql({ weight, numerator, denominator, atMost, otherwise }: SetPart, column: ColumnOf): PartSql {
  const [up, down] = scales(numerator, denominator)
  const n = product([`${column(numerator)}::numeric`, String(100 * up)])
  const d = product([`${column(denominator)}::numeric`, String(down)])
  const isEmpty = `${column(denominator)} = 0`
  const isCapped = atMost === undefined ? undefined : `sign(${d}) * ${n} > abs(${d}) * ${atMost}`
  const choose = (empty: number, capped: number, usual: string) =>
    `(case when ${isEmpty} then ${empty}${isCapped === undefined ? '' : ` when ${isCapped} then ${capped}`} else ${usual} end)::numeric`
  return {
    weight:
      otherwise === undefined ? `(case when ${isEmpty} then 0 else ${weight} end)::numeric` : `${weight}::numeric`,
    numerator: choose(otherwise ?? 0, atMost ?? 0, n),
    denominator: choose(1, 1, d),
  }
}

function coverageSql(
  { parts, total, requires }: Extract<Formula, { kind: 'coverage' }>,
  decimals: number,
  column: ColumnOf,
): string {
  const present = ['0', ...parts.map((part) => partSql(part, column).weight)].join(' + ')
  const percent = roundedSql(`(${present}) * 100`, String(total), decimals, 'numeric')
  return requires === undefined ? percent : `case when ${column(requires)} <> 0 then ${percent} end`
}

function others<T>(items: readonly T[], index: number): readonly T[] {
  return items.filter((_, i) => i !== index)
}

function product(factors: readonly string[]): string {
  const telling = factors.filter((factor) => factor !== '1')
  return telling.length === 0
    ? '1'
    : telling.map((factor) => (/^[\w."():]+$/.test(factor) ? factor : `(${factor})`)).join(' * ')
}

const OPERATORS = { equals: '=', atLeast: '>=', atMost: '<=', above: '>', below: '<' } as const

/** A number test in SQL; null (no value) passes none. */
export function numberTestSql(column: string, test: NumberTest): string {
  const parts = Object.entries(test).map(
    ([name, bound]) => `${column} ${OPERATORS[name as keyof typeof OPERATORS]} ${bound}`,
  )
  return parts.length === 0 ? 'false' : `(${parts.join(' and ')})`
}
