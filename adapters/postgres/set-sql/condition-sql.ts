import { isAll, isAny, isCompare, isNot } from '../../../core/metric-sets/compile-condition.ts'
import type { Condition, FieldTest, FieldTests, Scalar } from '../../../core/metric-sets/definition.ts'
import { type EventType, fieldOf, type SetField } from '../../../core/metric-sets/metric-set.ts'
import { shiftDecimal } from '../../../core/numbers/scale-decimal.ts'
import { factColumn, identifier, literal } from './identifiers.ts'

/** A fact's condition in SQL, over `f` (the fact) and `r` (the fact it refers to). Same three-valued logic as in `core`. */
export function conditionSql(condition: Condition, type: EventType): string {
  if (isAll(condition))
    return joined(
      condition.all.map((part) => conditionSql(part, type)),
      'and',
    )
  if (isAny(condition))
    return joined(
      condition.any.map((part) => conditionSql(part, type)),
      'or',
    )
  if (isNot(condition)) return `not (${conditionSql(condition.not, type)})`
  if (isCompare(condition)) throw new Error('comparisons between fields belong to rules, not to accumulators')
  return fieldTestsSql(condition as FieldTests, type)
}

function fieldTestsSql(tests: FieldTests, type: EventType): string {
  return joined(
    Object.entries(tests).map(([name, test]) => {
      const { column, field } = resolve(name, type)
      return fieldTestSql(column, field, test)
    }),
    'and',
  )
}

function resolve(name: string, type: EventType): { column: string; field: SetField } {
  const dot = name.indexOf('.')
  if (dot === -1 || type.reference === undefined) {
    const field = fieldOf(type, name)
    return { column: `f.${identifier(factColumn(type, field))}`, field }
  }
  const field = fieldOf(type.reference.event, name.slice(dot + 1))
  return { column: `r.${identifier(factColumn(type.reference.event, field))}`, field }
}

const OPERATORS = { atLeast: '>=', atMost: '<=', above: '>', below: '<' } as const

function fieldTestSql(column: string, field: SetField, test: FieldTest): string {
  const { present, equals, oneOf, ...bounds } = test
  const parts: string[] = []
  if (present !== undefined) parts.push(`${column} is ${present ? 'not null' : 'null'}`)
  if (equals !== undefined) parts.push(`${column} = ${scalarSql(equals, field)}`)
  if (oneOf !== undefined) parts.push(`${column} in (${oneOf.map((each) => scalarSql(each, field)).join(', ')})`)
  for (const [name, bound] of Object.entries(bounds)) {
    parts.push(`${column} ${OPERATORS[name as keyof typeof OPERATORS]} ${shiftDecimal(bound, field.scale)}`)
  }
  return joined(parts, 'and')
}

function scalarSql(value: Scalar, field: SetField): string {
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'number' ? shiftDecimal(value, field.scale) : literal(value)
}

function joined(parts: readonly string[], operator: 'and' | 'or'): string {
  if (parts.length === 0) return operator === 'and' ? 'true' : 'false'
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join(` ${operator} `)})`
}
