import type { Condition, Expression, FieldTest } from '../../core/metric-sets/definition.ts'
import { choice, code } from './markdown.ts'

/** A condition in words: `no_show` is `false` and `minutes` is at most 10. */
export function conditionText(condition: Condition): string {
  if (isOf(condition, 'all')) return condition.all.map(grouped).join(' and ')
  if (isOf(condition, 'any')) return condition.any.map(grouped).join(' or ')
  if (isOf(condition, 'not')) return `not ${grouped(condition.not)}`
  if (isOf(condition, 'compare')) {
    const [left, comparison, right] = condition.compare
    return `${expressionText(left)} is ${WORDS[comparison]}${expressionText(right)}`
  }
  return Object.entries(condition)
    .map(([field, test]) => `${code(field)} is ${testText(test)}`)
    .join(' and ')
}

/** Tests in words: at least 4 and below 5. */
export function testText(test: FieldTest): string {
  return Object.entries(test)
    .map(([name, bound]) => {
      if (name === 'present') return bound === true ? 'present' : 'absent'
      if (name === 'oneOf') return choice((bound as readonly unknown[]).map(String))
      return `${WORDS[name as keyof typeof WORDS]}${typeof bound === 'number' ? bound : code(bound)}`
    })
    .join(' and ')
}

const WORDS = { equals: '', above: 'above ', atLeast: 'at least ', below: 'below ', atMost: 'at most ' } as const

type Joined = Extract<Condition, { all: unknown } | { any: unknown } | { not: unknown } | { compare: unknown }>
type KeyOf<T> = T extends unknown ? keyof T : never

function isOf<Key extends KeyOf<Joined>>(
  condition: Condition,
  key: Key,
): condition is Extract<Joined, Record<Key, unknown>> {
  return Object.hasOwn(condition, key)
}

function grouped(condition: Condition): string {
  const text = conditionText(condition)
  return isOf(condition, 'any') ? `(${text})` : text
}

function expressionText(expression: Expression): string {
  if (typeof expression === 'number') return String(expression)
  if ('field' in expression) return code(expression.field)
  if ('length' in expression) return `the length of ${code(expression.length)}`
  if ('add' in expression) return `(${expression.add.map(expressionText).join(' + ')})`
  if ('subtract' in expression) return `(${expression.subtract.map(expressionText).join(' − ')})`
  if ('multiply' in expression) return expression.multiply.map(expressionText).join(' × ')
  if ('abs' in expression) return `|${expressionText(expression.abs)}|`
  return `minutes from ${expression.minutesBetween.map(code).join(' to ')}`
}
