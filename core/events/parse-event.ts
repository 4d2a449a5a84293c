import { type CompiledCondition, compileCondition } from '../metric-sets/compile-condition.ts'
import { type EventType, fieldOf, type MetricSet, type SetField } from '../metric-sets/metric-set.ts'
import type { Value } from '../metric-sets/value.ts'
import { contentHash, HIGHEST_RANK } from '../numbers/content-hash.ts'
import type { Instant } from '../time/instant.ts'
import type { IncomingEvent } from './incoming-event.ts'
import { createFieldParser, type FieldParser, readText } from './parse-field.ts'
import type { Rejection, RejectionReason } from './rejection.ts'
import { valueAt } from './value-at.ts'

/** The row that an event makes. The higher (version, hash) of a (type, id) wins, so order and repetition are free. */
export interface Fact {
  readonly type: EventType
  readonly id: string
  /** A whole number: an instant unless the definition names an integer field. */
  readonly version: number
  /**
   * `contentHash` of everything that is stored. Definitions only grow, so of one version read by two of them the newer reading has more fields
   * and is higher; a tombstone is the highest.
   */
  readonly hash: string
  readonly deleted: boolean
  readonly entity: string | null
  readonly at: Instant | null
  readonly reference: string | null
  /** In the order of `type.stored`. */
  readonly values: readonly Value[]
  readonly publishedAt: Instant
  readonly warnings: readonly string[]
}

/** What an event says where its facts stand in an existing table: these entities changed. */
export interface MarkRequest {
  readonly type: EventType
  readonly entities: readonly string[]
  /** Id of the fact that decides the entity, where it is known by reference only. */
  readonly reference: string | null
  readonly publishedAt: Instant
}

export type EventOutcome =
  | { readonly kind: 'fact'; readonly fact: Fact }
  | { readonly kind: 'mark'; readonly mark: MarkRequest }
  | { readonly kind: 'ignored'; readonly type: string; readonly reason: string }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }

export type EventParser = (event: IncomingEvent) => EventOutcome

const MAX_KEY_LENGTH = 400

/** Compiles a metric set's event types into one function from decoded event to outcome. Never throws on bad input. */
export function createEventParser(set: MetricSet): EventParser {
  const parsers = new Map(set.events.map((type) => [type.name, typeParser(type)]))
  return (event) => {
    const parse = parsers.get(event.type ?? '')
    if (parse !== undefined) return parse(event)
    const named =
      event.type === undefined
        ? 'the entry names no event type, and its stream implies none'
        : `${quote(event.type)} is no event type of this pipeline`
    return rejected('unknown-event-type', [`${named}; it has ${[...parsers.keys()].join(', ')}`])
  }
}

function typeParser(type: EventType): EventParser {
  const { ignore } = type
  if (ignore !== undefined) return () => ({ kind: 'ignored', type: type.name, reason: ignore })
  const readValues = valuesReader(type)
  const judge = rulesJudge(type)
  return (event) => {
    if (event.tombstone)
      return type.table === undefined
        ? parseTombstone(type, event)
        : rejected('invalid-envelope', [
            'facts in an existing table are deleted there: publish an event that names the entity',
          ])
    const read = readValues(event)
    if ('reason' in read) return { kind: 'rejected', rejection: read }
    const verdict = judge(read.values)
    if (verdict.errors.length > 0) return rejected('rule-violated', verdict.errors)
    const warnings = verdict.warnings.length === 0 ? read.warnings : [...read.warnings, ...verdict.warnings]
    return type.table === undefined
      ? createFact(type, event, read.values, warnings)
      : createMark(type, event, read.values)
  }
}

interface ReadValues {
  readonly values: Value[]
  readonly warnings: readonly string[]
}

function valuesReader(type: EventType): (event: IncomingEvent) => ReadValues | Rejection {
  const parsers: readonly (readonly [SetField, FieldParser])[] = type.fields.map((field) => [
    field,
    createFieldParser(field),
  ])
  return (event) => {
    const values: Value[] = new Array<Value>(parsers.length).fill(null)
    let [missing, invalid, warnings] = [NONE, NONE, NONE]
    for (let i = 0; i < parsers.length; i += 1) {
      const [field, parse] = parsers[i] as (typeof parsers)[number]
      const raw = rawValue(event, field)
      if (raw === undefined || raw === null) {
        if (field.required !== false) missing = [...missing, `${field.path ?? field.name} is missing`]
        continue
      }
      const parsed = parse(raw, event.publishedAt)
      if ('value' in parsed) values[i] = parsed.value
      else if (field.lenient === true) warnings = [...warnings, `invalid-${field.name}`]
      else invalid = [...invalid, `${field.path ?? field.name} ${parsed.problem}`]
    }
    if (missing.length > 0) return { reason: 'missing-field', details: [...missing, ...invalid] }
    if (invalid.length > 0) return { reason: 'invalid-field', details: invalid }
    return { values, warnings }
  }
}

/** Shared by all events without a problem, which are nearly all there are. */
const NONE: readonly string[] = []

/** What a field's parser reads: the value as the event has it, text of a flat entry by the field's type. */
function rawValue({ data, textual }: IncomingEvent, field: SetField): unknown {
  const found = valueAt(data, field.keys)
  return textual && typeof found === 'string' ? readText(found, field) : found
}

interface Verdict {
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

function rulesJudge(type: EventType): (values: readonly Value[]) => Verdict {
  const find = (name: string) => {
    const { index, scale } = fieldOf(type, name)
    return { index, decimals: scale }
  }
  const rules = type.rules.map((rule) => ({
    ...rule,
    applies: rule.when === undefined ? always : compileCondition(rule.when, find),
    holds: compileCondition(rule.require, find),
  }))
  return (values) => {
    let [errors, warnings] = [NONE, NONE]
    for (const rule of rules) {
      if (rule.applies(values) !== true || rule.holds(values) !== false) continue
      if (rule.severity === 'error') errors = [...errors, `${rule.name}: ${rule.message}`]
      else warnings = [...warnings, rule.name]
    }
    return { errors, warnings }
  }
}

const always: CompiledCondition = () => true

function createFact(
  type: EventType,
  event: IncomingEvent,
  values: readonly Value[],
  warnings: readonly string[],
): EventOutcome {
  const id = keyOf(type.id === undefined ? event.id : values[type.id.index])
  if (id === undefined) return missingId(type)
  const entity = type.entity === undefined ? null : keyOf(values[type.entity.index])
  const reference = type.reference === undefined ? null : keyOf(values[type.reference.field.index])
  if (entity === undefined) return invalidKey(type.entity)
  if (reference === undefined) return invalidKey(type.reference?.field)
  const at = type.at?.through === 'own' ? (values[type.at.field.index] as Instant) : null
  const stored = type.stored.map((field) => values[field.index] ?? null)
  return {
    kind: 'fact',
    fact: {
      type,
      id,
      version: type.version === undefined ? event.publishedAt : (values[type.version.index] as number),
      hash: contentHash(JSON.stringify([entity, at, reference, stored]), stored.length),
      deleted: false,
      entity,
      at,
      reference,
      values: stored,
      publishedAt: event.publishedAt,
      warnings,
    },
  }
}

/** A tombstone needs no more than the fact's id, and its version where the definition names a field for that. */
function parseTombstone(type: EventType, event: IncomingEvent): EventOutcome {
  const id = keyOf(type.id === undefined ? event.id : rawValue(event, type.id))
  if (id === undefined) return missingId(type)
  const version = tombstoneVersion(type, event)
  if (typeof version === 'string') return rejected('invalid-field', [version])
  const fact: Fact = {
    type,
    id,
    version,
    hash: contentHash('tombstone', HIGHEST_RANK),
    deleted: true,
    entity: null,
    at: null,
    reference: null,
    values: type.stored.map(() => null),
    publishedAt: event.publishedAt,
    warnings: [],
  }
  return { kind: 'fact', fact }
}

function tombstoneVersion(type: EventType, event: IncomingEvent): number | string {
  if (type.version === undefined) return event.publishedAt
  const parsed = createFieldParser(type.version)(rawValue(event, type.version), event.publishedAt)
  return 'value' in parsed ? (parsed.value as number) : `${type.version.name} ${parsed.problem}`
}

function createMark(type: EventType, event: IncomingEvent, values: readonly Value[]): EventOutcome {
  const named = type.entity === undefined ? type.alsoMarks : [type.entity, ...type.alsoMarks]
  const entities = named.map((field) => keyOf(values[field.index])).filter((key) => key !== undefined)
  const reference = type.reference === undefined ? null : (keyOf(values[type.reference.field.index]) ?? null)
  return { kind: 'mark', mark: { type, entities: [...new Set(entities)], reference, publishedAt: event.publishedAt } }
}

function keyOf(value: unknown): string | undefined {
  const key = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY_LENGTH) return undefined
  return key.includes('\u0000') || !key.isWellFormed() ? undefined : key
}

function invalidKey(field: SetField | undefined): EventOutcome {
  return rejected('invalid-field', [`${field?.path ?? field?.name} must be a key of 1 to ${MAX_KEY_LENGTH} characters`])
}

function missingId(type: EventType): EventOutcome {
  const where = type.id === undefined ? 'the event has no id of its own' : `${type.id.name} holds none`
  return rejected('missing-event-id', [
    `a ${type.name} is known by an id of 1 to ${MAX_KEY_LENGTH} characters, but ${where}`,
  ])
}

function rejected(reason: RejectionReason, details: readonly string[]): EventOutcome {
  return { kind: 'rejected', rejection: { reason, details } }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
