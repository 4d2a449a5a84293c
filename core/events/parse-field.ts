import type { SetField } from '../metric-sets/metric-set.ts'
import type { Value } from '../metric-sets/value.ts'
import { scaleDecimal } from '../numbers/scale-decimal.ts'
import { parseDurationMs } from '../time/duration.ts'
import { type Instant, MICROS_PER_MILLISECOND, parseInstant } from '../time/instant.ts'

export type ParsedField = { readonly value: Exclude<Value, null> } | { readonly problem: string }

/** Reads one field from raw JSON (or, for flat entries, from text). Problems say what was expected, and never repeat long input. */
export type FieldParser = (raw: unknown, publishedAt: Instant) => ParsedField

/** Longest text a key or a field may have when its definition sets no other limit. */
export const DEFAULT_MAX_LENGTH = 1_000

export function createFieldParser(field: SetField): FieldParser {
  switch (field.type) {
    case 'string':
      return stringParser(field)
    case 'strings':
      return stringsParser(field)
    case 'integer':
      return numberParser(field, 'a whole number')
    case 'decimal':
      return numberParser(field, 'a number')
    case 'boolean':
      return (raw) =>
        typeof raw === 'boolean' ? { value: raw } : { problem: `must be true or false, not ${kindOf(raw)}` }
    case 'timestamp':
      return timestampParser(field)
  }
}

/** The JSON value that a text of a flat entry stands for, by the field's type; text that does not fit is left for the parser to refuse. */
export function readText(text: string, field: SetField): unknown {
  switch (field.type) {
    case 'integer':
    case 'decimal':
      return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'strings':
      return text === '' ? [] : text.split(',')
    default:
      return text
  }
}

function stringParser(field: SetField): FieldParser {
  const minimum = field.minLength ?? 0
  const maximum = field.maxLength ?? DEFAULT_MAX_LENGTH
  const allowed = field.oneOf && new Set(field.oneOf)
  return (raw) => {
    if (typeof raw !== 'string') return { problem: `must be a text, not ${kindOf(raw)}` }
    const problem = textProblem(raw)
    if (problem !== undefined) return { problem }
    if (raw.length < minimum || raw.length > maximum)
      return { problem: `must have ${minimum} to ${maximum} characters, has ${raw.length}` }
    if (allowed !== undefined && !allowed.has(raw)) return { problem: `must be one of ${field.oneOf?.join(', ')}` }
    if (field.format === 'email' && !isEmail(raw)) return { problem: 'must be an e-mail address' }
    return { value: raw }
  }
}

function stringsParser(field: SetField): FieldParser {
  const item = stringParser({ ...field, minLength: field.minLength ?? 1 })
  const minimum = field.minItems ?? 0
  const maximum = field.maxItems ?? 100
  return (raw, publishedAt) => {
    if (!Array.isArray(raw)) return { problem: `must be a list of texts, not ${kindOf(raw)}` }
    if (raw.length < minimum || raw.length > maximum)
      return { problem: `must have ${minimum} to ${maximum} items, has ${raw.length}` }
    const values: string[] = []
    for (const [index, each] of raw.entries()) {
      const parsed = item(each, publishedAt)
      if ('problem' in parsed) return { problem: `item ${index + 1} ${parsed.problem}` }
      values.push(parsed.value as string)
    }
    return { value: values }
  }
}

function numberParser(field: SetField, expected: string): FieldParser {
  const minimum = field.minimum ?? Number.NEGATIVE_INFINITY
  const maximum = field.maximum ?? Number.POSITIVE_INFINITY
  const whole = field.type === 'integer'
  return (raw) => {
    if (typeof raw !== 'number' || !Number.isFinite(raw)) return { problem: `must be ${expected}, not ${kindOf(raw)}` }
    if (whole && !Number.isInteger(raw)) return { problem: `must be ${expected}, is ${raw}` }
    if (raw < minimum || raw > maximum)
      return { problem: `must lie between ${field.minimum ?? '-∞'} and ${field.maximum ?? '∞'}, is ${raw}` }
    const value = scaleDecimal(raw, field.scale)
    return value === undefined ? { problem: `is too large to be counted exactly: ${raw}` } : { value }
  }
}

function timestampParser(field: SetField): FieldParser {
  const aheadMs = field.maxAhead === undefined ? undefined : parseDurationMs(field.maxAhead)
  const ahead = aheadMs === undefined ? Number.POSITIVE_INFINITY : aheadMs * MICROS_PER_MILLISECOND
  return (raw, publishedAt) => {
    if (typeof raw !== 'string') return { problem: `must be an ISO 8601 time with an offset, not ${kindOf(raw)}` }
    const parsed = parseInstant(raw)
    if ('problem' in parsed) return { problem: TIMESTAMP_PROBLEMS[parsed.problem] }
    if (parsed.instant - publishedAt > ahead)
      return { problem: `must not lie more than ${field.maxAhead} after the event was published` }
    return { value: parsed.instant }
  }
}

const TIMESTAMP_PROBLEMS = {
  malformed: 'must be an ISO 8601 time such as 2026-01-31T09:30:00Z',
  naive: 'has no UTC offset; add Z or one such as +02:00, for a guessed zone would shift it between windows',
  'out-of-range': 'must lie between the years 1900 and 2199',
} as const

function textProblem(text: string): string | undefined {
  if (text.includes('\u0000')) return 'contains a NUL character, which the database cannot store'
  return text.isWellFormed() ? undefined : 'contains half of a surrogate pair, which is no valid text'
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  return at > 0 && text.indexOf('.', at) > at + 1 && !text.endsWith('.') && !/\s/.test(text)
}

function kindOf(raw: unknown): string {
  if (raw === null || raw === undefined) return 'nothing'
  if (Array.isArray(raw)) return 'a list'
  return typeof raw === 'object' ? 'an object' : `a ${typeof raw === 'string' ? 'text' : typeof raw}`
}
