import { parseDurationMs } from '../../time/duration.ts'
import type { FieldDefinition, FieldType } from '../definition.ts'
import { digitsProblem, literalProblem } from './check-literal.ts'
import type { Report } from './problem.ts'

const LARGEST_DECIMALS = 9

/** Which types an option means something for. */
const APPLIES_TO = {
  minLength: ['string', 'strings'],
  maxLength: ['string', 'strings'],
  format: ['string'],
  oneOf: ['string', 'strings'],
  minItems: ['strings'],
  maxItems: ['strings'],
  minimum: ['integer', 'decimal'],
  maximum: ['integer', 'decimal'],
  decimals: ['decimal'],
  maxAhead: ['timestamp'],
} as const satisfies { readonly [option in keyof FieldDefinition]?: readonly FieldType[] }

const RANGES = [
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minimum', 'maximum'],
] as const

/** What can be said of a field alone; names and parts it plays in its event are checked elsewhere. */
export function checkField(field: FieldDefinition, path: string, report: Report): void {
  for (const [option, types] of Object.entries(APPLIES_TO)) {
    if (field[option as keyof FieldDefinition] === undefined || types.some((type) => type === field.type)) continue
    report(`${path}.${option}`, `is for fields of type ${types.join(' or ')}, but this one is of type ${field.type}`)
  }
  for (const [lower, upper] of RANGES) {
    const [least, most] = [field[lower], field[upper]]
    if (least !== undefined && most !== undefined && least > most)
      report(`${path}.${lower}`, `exceeds ${upper}, so no value would fit`)
  }
  for (const option of ['minLength', 'maxLength', 'minItems', 'maxItems'] as const) {
    const limit = field[option]
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0))
      report(`${path}.${option}`, 'must be a whole number from 0 on')
  }
  if (field.lenient === true && field.required !== false) {
    report(`${path}.lenient`, 'an invalid value counts as absent, so the field must be optional: add required: false')
  }
  if (field.path?.split('.').includes(''))
    report(`${path}.path`, `"${field.path}" has an empty key; write keys with one dot between them`)
  if (field.maxAhead !== undefined && parseDurationMs(field.maxAhead) === undefined) {
    report(`${path}.maxAhead`, `"${field.maxAhead}" is no duration such as 30s, 12h or 30d`)
  }
  checkOneOf(field, path, report)
  checkNumbers(field, path, report)
}

function checkOneOf(field: FieldDefinition, path: string, report: Report): void {
  if (field.oneOf === undefined || (field.type !== 'string' && field.type !== 'strings')) return
  if (field.oneOf.length === 0) report(`${path}.oneOf`, 'lists no value, so nothing would be valid')
  if (new Set(field.oneOf).size < field.oneOf.length) report(`${path}.oneOf`, 'lists a value twice')
  for (const value of field.oneOf) {
    const problem = literalProblem(value, { ...field, type: 'string' })
    if (problem !== undefined) report(`${path}.oneOf`, problem)
  }
}

function checkNumbers(field: FieldDefinition, path: string, report: Report): void {
  const { type, decimals } = field
  if (type !== 'integer' && type !== 'decimal') return
  if (type === 'decimal' && decimals === undefined) {
    return report(path, 'a decimal says how many digits are kept after the point: add decimals')
  }
  if (type === 'decimal' && !isDecimals(decimals)) return report(`${path}.decimals`, DECIMALS_PROBLEM)
  for (const option of ['minimum', 'maximum'] as const) {
    const bound = field[option]
    if (bound === undefined) continue
    const problem = digitsProblem(bound, field)
    if (problem !== undefined) report(`${path}.${option}`, problem)
    else if (!Number.isSafeInteger(Math.trunc(bound * 10 ** (decimals ?? 0)))) {
      report(`${path}.${option}`, `${bound} with ${decimals ?? 0} decimals is too large to be counted exactly`)
    }
  }
}

export const DECIMALS_PROBLEM = `must be a whole number from 0 to ${LARGEST_DECIMALS}`

export function isDecimals(decimals: number | undefined): boolean {
  return Number.isInteger(decimals) && (decimals as number) >= 0 && (decimals as number) <= LARGEST_DECIMALS
}
