import { scaleDecimal, shiftDecimal } from '../numbers/scale-decimal.ts'
import { MICROS_PER_MINUTE } from '../time/instant.ts'
import type { Comparison, Condition, Expression, FieldTest, FieldTests, Scalar } from './definition.ts'

/** A field's value once parsed: decimals as scaled integers, timestamps as instants; null where it is absent. */
export type Value = string | number | boolean | readonly string[] | null

export type Values = readonly Value[]

/** True, false, or undefined for unknown: the three values of SQL, so that a condition means the same in both. */
export type Truth = boolean | undefined

export type CompiledCondition = (values: Values) => Truth

/** Where a named field stands among the values, and by which power of ten it is scaled. */
export interface FieldPlace {
  readonly index: number
  readonly decimals: number
}

export type FindField = (name: string) => FieldPlace

export function compileCondition(condition: Condition, find: FindField): CompiledCondition {
  if (isAll(condition)) return allOf(condition.all.map((part) => compileCondition(part, find)))
  if (isAny(condition)) return anyOf(condition.any.map((part) => compileCondition(part, find)))
  if (isNot(condition)) return negate(compileCondition(condition.not, find))
  if (isCompare(condition)) return compileComparison(condition.compare, find)
  return allOf(Object.entries(condition).map(([name, test]) => compileFieldTest(find(name), test)))
}

export function isAll(condition: Condition): condition is { all: readonly Condition[] } {
  return Array.isArray((condition as { all?: unknown }).all)
}

export function isAny(condition: Condition): condition is { any: readonly Condition[] } {
  return Array.isArray((condition as { any?: unknown }).any)
}

export function isNot(condition: Condition): condition is { not: Condition } {
  return Object.keys(condition).length === 1 && 'not' in condition
}

export function isCompare(condition: Condition): condition is { compare: readonly [Expression, Comparison, Expression] } {
  return Array.isArray((condition as { compare?: unknown }).compare)
}

export function isFieldTests(condition: Condition): condition is FieldTests {
  return !isAll(condition) && !isAny(condition) && !isNot(condition) && !isCompare(condition)
}

function allOf(parts: readonly CompiledCondition[]): CompiledCondition {
  return (values) => {
    let truth: Truth = true
    for (const part of parts) {
      const holds = part(values)
      if (holds === false) return false
      if (holds === undefined) truth = undefined
    }
    return truth
  }
}

function anyOf(parts: readonly CompiledCondition[]): CompiledCondition {
  return (values) => {
    let truth: Truth = false
    for (const part of parts) {
      const holds = part(values)
      if (holds === true) return true
      if (holds === undefined) truth = undefined
    }
    return truth
  }
}

function negate(part: CompiledCondition): CompiledCondition {
  return (values) => {
    const holds = part(values)
    return holds === undefined ? undefined : !holds
  }
}

const TESTS = {
  equals: (value: number, bound: number) => value === bound,
  atLeast: (value: number, bound: number) => value >= bound,
  atMost: (value: number, bound: number) => value <= bound,
  above: (value: number, bound: number) => value > bound,
  below: (value: number, bound: number) => value < bound,
} satisfies Record<Comparison, (value: number, bound: number) => boolean>

export function compileFieldTest(place: FieldPlace, test: FieldTest): CompiledCondition {
  const { present, equals, oneOf, ...bounds } = test
  const parts: CompiledCondition[] = []
  if (present !== undefined) parts.push((values) => (values[place.index] !== null) === present)
  if (equals !== undefined) parts.push(known(place, oneOfScaled([equals], place)))
  if (oneOf !== undefined) parts.push(known(place, oneOfScaled(oneOf, place)))
  for (const [name, bound] of Object.entries(bounds)) {
    const compare = TESTS[name as Comparison]
    const scaled = Number(shiftDecimal(bound, place.decimals))
    parts.push(known(place, (value) => compare(value as number, scaled)))
  }
  return allOf(parts)
}

function known(place: FieldPlace, test: (value: NonNullable<Value>) => boolean): CompiledCondition {
  return (values) => {
    const value = values[place.index]
    return value === null || value === undefined ? undefined : test(value)
  }
}

function oneOfScaled(literals: readonly Scalar[], place: FieldPlace): (value: NonNullable<Value>) => boolean {
  const allowed = new Set<Scalar>(
    literals.map((literal) => (typeof literal === 'number' ? (scaleDecimal(literal, place.decimals) ?? literal) : literal)),
  )
  return (value) => allowed.has(value as Scalar)
}

type CompiledExpression = (values: Values) => number | undefined

function compileComparison(
  [left, comparison, right]: readonly [Expression, Comparison, Expression],
  find: FindField,
): CompiledCondition {
  const [evaluateLeft, evaluateRight] = [compileExpression(left, find), compileExpression(right, find)]
  const compare = TESTS[comparison]
  return (values) => {
    const [l, r] = [evaluateLeft(values), evaluateRight(values)]
    return l === undefined || r === undefined ? undefined : compare(l, r)
  }
}

function compileExpression(expression: Expression, find: FindField): CompiledExpression {
  if (typeof expression === 'number') return () => expression
  if ('field' in expression) {
    const { index, decimals } = find(expression.field)
    return (values) => toNumber(values[index], decimals)
  }
  if ('length' in expression) {
    const { index } = find(expression.length)
    return (values) => lengthOf(values[index])
  }
  if ('minutesBetween' in expression) return minutesBetween(expression.minutesBetween, find)
  if ('add' in expression) return fold(expression.add, find, (sum, part) => sum + part)
  if ('subtract' in expression) return fold(expression.subtract, find, (left, right) => left - right)
  if ('multiply' in expression) return fold(expression.multiply, find, (left, right) => left * right)
  return fold([expression.abs], find, Math.abs, Math.abs)
}

function fold(
  parts: readonly Expression[],
  find: FindField,
  combine: (left: number, right: number) => number,
  single: (value: number) => number = (value) => value,
): CompiledExpression {
  const compiled = parts.map((part) => compileExpression(part, find))
  return (values) => {
    let result: number | undefined
    for (const part of compiled) {
      const value = part(values)
      if (value === undefined) return undefined
      result = result === undefined ? single(value) : combine(result, value)
    }
    return result
  }
}

function minutesBetween([from, to]: readonly [string, string], find: FindField): CompiledExpression {
  const [start, end] = [find(from).index, find(to).index]
  return (values) => {
    const [a, b] = [values[start], values[end]]
    return typeof a === 'number' && typeof b === 'number' ? (b - a) / MICROS_PER_MINUTE : undefined
  }
}

function toNumber(value: Value | undefined, decimals: number): number | undefined {
  return typeof value === 'number' ? value / 10 ** decimals : undefined
}

function lengthOf(value: Value | undefined): number | undefined {
  return typeof value === 'string' || Array.isArray(value) ? value.length : undefined
}
