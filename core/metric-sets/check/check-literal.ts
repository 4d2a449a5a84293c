import { shiftDecimal } from '../../numbers/scale-decimal.ts'
import type { FieldDefinition, Scalar } from '../definition.ts'

/** Why a value of this field can never equal the literal; undefined when it can. */
export function literalProblem(literal: Scalar, field: FieldDefinition): string | undefined {
  switch (field.type) {
    case 'string':
      return typeof literal === 'string' ? textProblem(literal, field) : mismatch(literal, 'a text')
    case 'boolean':
      return typeof literal === 'boolean' ? undefined : mismatch(literal, 'true or false')
    case 'integer':
    case 'decimal':
      return typeof literal === 'number'
        ? (digitsProblem(literal, field) ?? rangeProblem(literal, field))
        : mismatch(literal, 'a number')
    case 'strings':
    case 'timestamp':
      return `a field of type ${field.type} can only be tested with "present"`
  }
}

/** Why the number is finer than the field's values; undefined when it is not. */
export function digitsProblem(literal: number, { type, decimals }: FieldDefinition): string | undefined {
  const places = type === 'decimal' ? (decimals ?? 0) : 0
  if (!shiftDecimal(literal, places).includes('.')) return undefined
  return type === 'integer'
    ? `${literal} is no whole number, but the field is an integer`
    : `${literal} has more digits than the ${places} decimals of the field`
}

function textProblem(literal: string, { oneOf, minLength, maxLength }: FieldDefinition): string | undefined {
  if (oneOf !== undefined && !oneOf.includes(literal))
    return `"${literal}" is none of the field's values: ${oneOf.join(', ')}`
  if (literal.length < (minLength ?? 0)) return `"${literal}" is shorter than the field's minLength`
  return literal.length > (maxLength ?? Infinity) ? `"${literal}" is longer than the field's maxLength` : undefined
}

function rangeProblem(
  literal: number,
  { minimum = -Infinity, maximum = Infinity }: FieldDefinition,
): string | undefined {
  return literal < minimum || literal > maximum ? `${literal} lies outside the field's minimum and maximum` : undefined
}

function mismatch(literal: Scalar, expected: string): string {
  return `${JSON.stringify(literal)} is not ${expected}, as the field's type demands`
}
