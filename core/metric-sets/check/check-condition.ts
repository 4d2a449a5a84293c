import { isAll, isAny, isCompare, isNot } from '../compile-condition.ts'
import type { Condition, Expression, FieldDefinition, FieldTest } from '../definition.ts'
import { digitsProblem, literalProblem } from './check-literal.ts'
import type { Report } from './problem.ts'

/** What a condition may speak of where it stands. */
export interface ConditionScope {
  readonly find: (name: string) => TestableField | { readonly problem: string }
  /** Comparisons between fields exist in rules only: the window query would have no index or column for them. */
  readonly comparisons: boolean
}

export interface TestableField {
  readonly field: FieldDefinition
  /** The field is a key, which the engine keeps as text whatever its type. */
  readonly isKey: boolean
}

const RESERVED = ['all', 'any', 'not', 'compare']

/** Whether a field of this name could be told from a condition. */
export function isConditionWord(name: string): boolean {
  return RESERVED.includes(name)
}

export function checkCondition(condition: Condition, path: string, scope: ConditionScope, report: Report): void {
  const keys = Object.keys(condition)
  const word = keys.find(isConditionWord)
  if (keys.length === 0) return report(path, 'tests nothing, so it would always hold')
  if (word !== undefined && keys.length > 1) {
    return report(path, `"${word}" stands alone in a condition; put it and ${others(keys, word)} into one "all"`)
  }
  if (isAll(condition)) return checkParts(condition.all, `${path}.all`, scope, report)
  if (isAny(condition)) return checkParts(condition.any, `${path}.any`, scope, report)
  if (isNot(condition)) return checkCondition(condition.not, `${path}.not`, scope, report)
  if (isCompare(condition)) return checkComparison(condition.compare, `${path}.compare`, scope, report)
  for (const [name, test] of Object.entries(condition)) checkNamedTest(name, test, `${path}.${name}`, scope, report)
}

function others(keys: readonly string[], word: string): string {
  return keys
    .filter((key) => key !== word)
    .map((key) => `"${key}"`)
    .join(', ')
}

function checkParts(parts: readonly Condition[], path: string, scope: ConditionScope, report: Report): void {
  if (parts.length === 0) report(path, 'holds no condition')
  parts.forEach((part, index) => {
    checkCondition(part, `${path}[${index}]`, scope, report)
  })
}

function checkNamedTest(name: string, test: FieldTest, path: string, scope: ConditionScope, report: Report): void {
  const found = scope.find(name)
  if ('problem' in found) return report(path, found.problem)
  if (Object.keys(test).length === 0) return report(path, 'tests nothing, so it would always hold')
  const { present: _, ...valueTests } = test
  if (found.isKey && found.field.type === 'integer' && Object.keys(valueTests).length > 0) {
    return report(path, `"${name}" is a key, kept as text: of an integer key only "present" can be tested`)
  }
  checkFieldTest(test, found.field, path, report)
}

function checkFieldTest(test: FieldTest, field: FieldDefinition, path: string, report: Report): void {
  const { present: _, equals, oneOf, ...bounds } = test
  const literals = [...(equals === undefined ? [] : [equals]), ...(oneOf ?? [])]
  if (oneOf?.length === 0) report(`${path}.oneOf`, 'lists no value, so it would never hold')
  for (const problem of new Set(literals.map((literal) => literalProblem(literal, field)))) {
    if (problem !== undefined) report(path, problem)
  }
  for (const [name, bound] of Object.entries(bounds)) {
    const isNumber = field.type === 'integer' || field.type === 'decimal'
    const problem = isNumber
      ? digitsProblem(bound, field)
      : `"${name}" compares numbers, but the field is of type ${field.type}`
    if (problem !== undefined) report(path, problem)
  }
}

function checkComparison(
  [left, , right]: readonly [Expression, string, Expression],
  path: string,
  scope: ConditionScope,
  report: Report,
): void {
  if (!scope.comparisons) {
    return report(path, 'fields can be compared with each other in rules only; test each against a fixed value here')
  }
  checkExpression(left, `${path}[0]`, scope, report)
  checkExpression(right, `${path}[2]`, scope, report)
}

function checkExpression(expression: Expression, path: string, scope: ConditionScope, report: Report): void {
  if (typeof expression === 'number') return
  if ('field' in expression)
    return checkOperand(expression.field, ['integer', 'decimal'], `${path}.field`, scope, report)
  if ('length' in expression)
    return checkOperand(expression.length, ['string', 'strings'], `${path}.length`, scope, report)
  if ('minutesBetween' in expression) {
    expression.minutesBetween.forEach((name, index) => {
      checkOperand(name, ['timestamp'], `${path}.minutesBetween[${index}]`, scope, report)
    })
    return
  }
  if ('abs' in expression) return checkExpression(expression.abs, `${path}.abs`, scope, report)
  for (const [operator, operands] of Object.entries(expression)) {
    if (operands.length === 0) report(`${path}.${operator}`, 'has no operand')
    operands.forEach((operand, index) => {
      checkExpression(operand, `${path}.${operator}[${index}]`, scope, report)
    })
  }
}

function checkOperand(
  name: string,
  types: readonly FieldDefinition['type'][],
  path: string,
  scope: ConditionScope,
  report: Report,
): void {
  const found = scope.find(name)
  if ('problem' in found) return report(path, found.problem)
  if (types.includes(found.field.type)) return
  report(path, `"${name}" is of type ${found.field.type}, but ${types.join(' or ')} is needed here`)
}
