import { decimalFraction } from '../numbers/decimal-fraction.ts'
import { MICROS_PER_MINUTE } from '../time/instant.ts'
import type { Comparison, Expression } from './definition.ts'
import type { FindField, Value, Values } from './value.ts'

/**
 * An expression whose value is a whole number of 1/`unit`: hundredths for a field with two decimals. So 0.1 + 0.2 is 0.3, exactly, as
 * long as the numbers stay below 2^53 units.
 */
interface CompiledExpression {
  readonly unit: number
  /** Undefined for unknown: an operand is absent. */
  readonly evaluate: (values: Values) => number | undefined
}

export const COMPARISONS = {
  equals: (value: number, bound: number) => value === bound,
  atLeast: (value: number, bound: number) => value >= bound,
  atMost: (value: number, bound: number) => value <= bound,
  above: (value: number, bound: number) => value > bound,
  below: (value: number, bound: number) => value < bound,
} satisfies Record<Comparison, (value: number, bound: number) => boolean>

export function compileComparison(
  [left, comparison, right]: readonly [Expression, Comparison, Expression],
  find: FindField,
): (values: Values) => boolean | undefined {
  const [l, r] = inOneUnit([compileExpression(left, find), compileExpression(right, find)])
  const compare = COMPARISONS[comparison]
  return (values) => {
    const [value, bound] = [l?.evaluate(values), r?.evaluate(values)]
    return value === undefined || bound === undefined ? undefined : compare(value, bound)
  }
}

function compileExpression(expression: Expression, find: FindField): CompiledExpression {
  if (typeof expression === 'number') return literal(expression)
  if ('field' in expression) return numberField(expression.field, find)
  if ('length' in expression) return length(expression.length, find)
  if ('minutesBetween' in expression) return minutesBetween(expression.minutesBetween, find)
  const compileAll = (parts: readonly Expression[]) => parts.map((part) => compileExpression(part, find))
  if ('add' in expression) return fold(inOneUnit(compileAll(expression.add)), (sum, part) => sum + part)
  if ('subtract' in expression) return fold(inOneUnit(compileAll(expression.subtract)), (from, part) => from - part)
  if ('multiply' in expression) return product(compileAll(expression.multiply))
  return mapped(compileExpression(expression.abs, find), 1, Math.abs)
}

function literal(value: number): CompiledExpression {
  const { numerator, denominator } = decimalFraction(value)
  const units = Number(numerator)
  return { unit: Number(denominator), evaluate: () => units }
}

function numberField(name: string, find: FindField): CompiledExpression {
  const { index, decimals } = find(name)
  return { unit: 10 ** decimals, evaluate: (values) => numberOf(values[index]) }
}

function length(name: string, find: FindField): CompiledExpression {
  const { index } = find(name)
  return { unit: 1, evaluate: (values) => lengthOf(values[index]) }
}

function minutesBetween([from, to]: readonly [string, string], find: FindField): CompiledExpression {
  const [start, end] = [find(from).index, find(to).index]
  return {
    unit: MICROS_PER_MINUTE,
    evaluate: (values) => {
      const [a, b] = [numberOf(values[start]), numberOf(values[end])]
      return a === undefined || b === undefined ? undefined : b - a
    },
  }
}

function product(parts: readonly CompiledExpression[]): CompiledExpression {
  const { evaluate } = fold(parts, (result, part) => result * part)
  return { unit: parts.reduce((unit, part) => unit * part.unit, 1), evaluate }
}

/** The parts must have one unit, or the unit must be of no account. */
function fold(
  parts: readonly CompiledExpression[],
  combine: (result: number, part: number) => number,
): CompiledExpression {
  const evaluate = (values: Values) => {
    let result: number | undefined
    for (const part of parts) {
      const value = part.evaluate(values)
      if (value === undefined) return undefined
      result = result === undefined ? value : combine(result, value)
    }
    return result
  }
  return { unit: parts[0]?.unit ?? 1, evaluate }
}

function inOneUnit(parts: readonly CompiledExpression[]): readonly CompiledExpression[] {
  const common = parts.reduce((unit, part) => leastCommonMultiple(unit, part.unit), 1)
  return parts.map((part) => {
    const factor = common / part.unit
    return factor === 1 ? part : mapped(part, factor, (value) => value * factor)
  })
}

function mapped(part: CompiledExpression, factor: number, change: (value: number) => number): CompiledExpression {
  return {
    unit: part.unit * factor,
    evaluate: (values) => {
      const value = part.evaluate(values)
      return value === undefined ? undefined : change(value)
    },
  }
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b]
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest]
  return (a / divisor) * b
}

function numberOf(value: Value | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function lengthOf(value: Value | undefined): number | undefined {
  return typeof value === 'string' || Array.isArray(value) ? value.length : undefined
}
