import { scaleDecimal, shiftDecimal } from '../numbers/scale-decimal.ts'
import { COMPARISONS, compileComparison } from './compile-expression.ts'
import type { Comparison, Condition, Expression, FieldTest, Scalar } from './definition.ts'
import type { FieldPlace, FindField, Value, Values } from './value.ts'

/** True, false, or undefined for unknown: the three values of SQL, so that a condition means the same in both. */
export type Truth = boolean | undefined

export type CompiledCondition = (values: Values) => Truth

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

export function isCompare(
  condition: Condition,
): condition is { compare: readonly [Expression, Comparison, Expression] } {
  return Array.isArray((condition as { compare?: unknown }).compare)
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

export function compileFieldTest(place: FieldPlace, test: FieldTest): CompiledCondition {
  const { present, equals, oneOf, ...bounds } = test
  const parts: CompiledCondition[] = []
  if (present !== undefined) parts.push((values) => (values[place.index] !== null) === present)
  if (equals !== undefined) parts.push(known(place, oneOfScaled([equals], place)))
  if (oneOf !== undefined) parts.push(known(place, oneOfScaled(oneOf, place)))
  for (const [name, bound] of Object.entries(bounds)) {
    const compare = COMPARISONS[name as Comparison]
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
    literals.map((literal) =>
      typeof literal === 'number' ? (scaleDecimal(literal, place.decimals) ?? literal) : literal,
    ),
  )
  return (value) => allowed.has(value as Scalar)
}
