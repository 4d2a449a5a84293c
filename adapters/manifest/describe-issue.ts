import type { z } from 'zod'
import { nearestName } from '../../core/metric-sets/check/names.ts'
import { withoutCredentials } from '../../core/text/without-credentials.ts'

type RawIssue = z.core.$ZodRawIssue

const LONGEST_QUOTE = 60

/** What is wrong with a value and what to write instead. For unknown fields one line each, in the order of `issue.keys`. */
export function describeIssue(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(isWhole(issue.inst) ? 'int' : issue.expected, issue.input)
    case 'invalid_value':
      return wrongChoice(issue.values.map(String), issue.input)
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(key, knownFields(issue.inst))).join('\n')
    case 'too_small':
      return outOfBounds(issue, 'at least', 'more than', issue.minimum)
    case 'too_big':
      return outOfBounds(issue, 'at most', 'less than', issue.maximum)
    case 'invalid_key':
      return 'cannot be a name here'
    default:
      return undefined
  }
}

/** A value as it was written; but for a password in a URL, which belongs in no message. */
export function quote(value: unknown): string {
  const text = withoutCredentials(JSON.stringify(value) ?? 'nothing')
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
}

function isWhole(schema: unknown): boolean {
  return (schema as z.core.$ZodNumberFormat | undefined)?._zod.def.format === 'safeint'
}

function wrongKind(expected: string, input: unknown): string {
  const kind = KINDS[expected] ?? expected
  if (input === undefined || input === null) return `missing; write ${kind}`
  if (typeof input === 'string' && expected !== 'string' && looksLike(kind, input)) {
    return `must be ${kind}, not the text ${quote(input)}; remove the quotes`
  }
  if (expected === 'string' && typeof input !== 'object') return `must be a text, not ${quote(input)}; put it in quotes`
  return `must be ${kind}, not ${quote(input)}`
}

function looksLike(kind: string, text: string): boolean {
  if (kind === 'true or false') return text === 'true' || text === 'false'
  return kind.endsWith('number') && text.trim() !== '' && Number.isFinite(Number(text))
}

function wrongChoice(allowed: readonly string[], input: unknown): string {
  const choice = allowed.length === 1 ? allowed[0] : `one of ${allowed.join(', ')}`
  if (input === undefined || input === null) return `missing; write ${choice}`
  const meant = typeof input === 'string' && allowed.length > 1 ? nearestName(input, allowed) : undefined
  return `must be ${choice}, not ${quote(input)}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

function unknownField(key: string, known: readonly string[]): string {
  const meant = nearestName(key, known)
  if (meant !== undefined) return `unknown field; did you mean ${meant}?`
  return known.length === 0 ? 'unknown field; remove it' : `unknown field; known here are ${known.join(', ')}`
}

function knownFields(schema: unknown): readonly string[] {
  const { shape } = (schema as z.core.$ZodObject)._zod.def
  return Object.keys(shape)
}

function outOfBounds(
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>,
  inclusive: string,
  exclusive: string,
  bound: number | bigint,
): string {
  const words = issue.inclusive === false ? exclusive : inclusive
  const { input } = issue
  if (Array.isArray(input)) return `must have ${words} ${count(bound, 'item')}, has ${input.length}`
  if (typeof input === 'string') return `must have ${words} ${count(bound, 'character')}, has ${input.length}`
  return `must be ${words} ${bound}, is ${quote(input)}`
}

function count(amount: number | bigint, noun: string): string {
  return Number(amount) === 1 ? `1 ${noun}` : `${amount} ${noun}s`
}
