import { isAll, isAny, isCompare, isFieldTests, isNot } from './compile-condition.ts'
import type { Condition, Expression } from './definition.ts'

/** Every field that a condition reads, in order, repetitions included. */
export function fieldsOfCondition(condition: Condition): readonly string[] {
  if (isAll(condition)) return condition.all.flatMap(fieldsOfCondition)
  if (isAny(condition)) return condition.any.flatMap(fieldsOfCondition)
  if (isNot(condition)) return fieldsOfCondition(condition.not)
  if (isCompare(condition)) return [...fieldsOfExpression(condition.compare[0]), ...fieldsOfExpression(condition.compare[2])]
  return isFieldTests(condition) ? Object.keys(condition) : []
}

function fieldsOfExpression(expression: Expression): readonly string[] {
  if (typeof expression === 'number') return []
  if ('field' in expression) return [expression.field]
  if ('length' in expression) return [expression.length]
  if ('minutesBetween' in expression) return expression.minutesBetween
  if ('add' in expression) return expression.add.flatMap(fieldsOfExpression)
  if ('subtract' in expression) return expression.subtract.flatMap(fieldsOfExpression)
  if ('multiply' in expression) return expression.multiply.flatMap(fieldsOfExpression)
  return fieldsOfExpression(expression.abs)
}
