import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { IncomingEvent } from '../../core/events/incoming-event.ts'
import type { Rejection, RejectionReason } from '../../core/events/rejection.ts'
import type { StreamEntry } from '../../core/stream/entry.ts'
import { entryTime } from '../../core/stream/entry-id.ts'
import { type Instant, parseInstant } from '../../core/time/instant.ts'
import { pythonCanonicalJson } from './python-json.ts'

export type DecodedEntry = { readonly event: IncomingEvent } | { readonly rejection: Rejection }

/** Bytes are not counted, characters are: cheaper, and a bound all the same. */
export const MAX_ENTRY_CHARACTERS = 1_048_576

/** Attributes of the flat form; with `data` among them all else is ignored, without it all else is the data. */
const ATTRIBUTES = new Set([
  'id',
  'type',
  'time',
  'source',
  'subject',
  'specversion',
  'datacontenttype',
  'dataschema',
  'traceparent',
  'tracestate',
  'tombstone',
])

/** Whoever hands entries on may add one of its own to what is there already: no reason to refuse an event. */
const OF_TRACES = new Set(['traceparent', 'tracestate'])

const spellings = (name: string) => [name, `ce_${name}`, `ce-${name}`]

const ID = spellings('id')
const TYPE = spellings('type')
const TIME = spellings('time')
const TOMBSTONE = spellings('tombstone')

/**
 * Reads an entry in either form: the original envelope (one field, `message`), or flat fields named as CloudEvents attributes, with the
 * data as JSON in `data` or as fields of their own. `typeOfStream` says which type entries are of that name none.
 */
export function decodeEntry(entry: StreamEntry, typeOfStream: ReadonlyMap<string, string>): DecodedEntry {
  const { fields, bytes } = entry
  if (bytes !== undefined) {
    const broken = bytes.findIndex((each) => !isUtf8(each))
    return reject('invalid-envelope', `the field ${shortened(fields[broken - (broken % 2)] ?? '')} is no UTF-8`)
  }
  let size = 0
  for (const each of fields) size += each.length
  if (size > MAX_ENTRY_CHARACTERS)
    return reject('invalid-envelope', `the entry has ${size} characters; the limit is ${MAX_ENTRY_CHARACTERS}`)
  const streamType = typeOfStream.get(entry.stream)
  if (fields.length === 2 && fields[0] === 'message') return decodeEnvelope(fields[1] as string, streamType)
  return decodeFlat(entry, streamType)
}

function decodeFlat(entry: StreamEntry, streamType: string | undefined): DecodedEntry {
  const { fields } = entry
  const repeated = repeatedName(fields)
  if (repeated !== undefined) return reject('invalid-envelope', `the field ${shortened(repeated)} is there twice`)
  const publishedAt = publicationOf(attribute(fields, TIME), entry)
  if (typeof publishedAt === 'string') return reject('invalid-envelope', publishedAt)
  const type = attribute(fields, TYPE) ?? streamType
  const id = attribute(fields, ID)
  const tombstone = attribute(fields, TOMBSTONE) ?? 'false'
  if (tombstone !== 'true' && tombstone !== 'false')
    return reject('invalid-envelope', 'the field tombstone must be true or false')
  const isTombstone = tombstone === 'true'
  const json = fieldNamed(fields, 'data')
  if (json === undefined)
    return { event: { type, id, publishedAt, tombstone: isTombstone, data: dataFields(fields), textual: true } }
  const data = parseJson(json)
  if (data === NOT_JSON) return reject('invalid-json', 'the field data holds no JSON')
  if (!isObject(data)) return reject('invalid-envelope', 'the field data must hold a JSON object')
  return { event: { type, id, publishedAt, tombstone: isTombstone, data, textual: false } }
}

type Fields = StreamEntry['fields']

/** Few names are compared with each other, for most entries have few; many are collected. */
const FEW_FIELDS = 32

/** A name that is there twice, with its prefix or without. */
function repeatedName(fields: Fields): string | undefined {
  if (fields.length > FEW_FIELDS) {
    const seen = new Set<string>()
    return names(fields).find((name) => seen.size === seen.add(bareName(name)).size && !OF_TRACES.has(bareName(name)))
  }
  for (let i = 2; i < fields.length; i += 2) {
    const name = fields[i] as string
    const bare = bareName(name)
    for (let j = 0; j < i; j += 2) if (bareName(fields[j] as string) === bare && !OF_TRACES.has(bare)) return name
  }
  return undefined
}

/** An attribute's name without the prefix that CloudEvents bindings give it; any other name as it is. */
function bareName(name: string): string {
  if (!name.startsWith('ce_') && !name.startsWith('ce-')) return name
  const bare = name.slice(3)
  return ATTRIBUTES.has(bare) ? bare : name
}

/** An attribute in any of its spellings. */
function attribute(fields: Fields, spellings: readonly string[]): string | undefined {
  for (const name of spellings) {
    const value = fieldNamed(fields, name)
    if (value !== undefined) return value
  }
  return undefined
}

function fieldNamed(fields: Fields, name: string): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1]
  return undefined
}

function names(fields: Fields): readonly string[] {
  return fields.filter((_, i) => i % 2 === 0)
}

/** All fields that are no attributes. */
function dataFields(fields: Fields): Readonly<Record<string, unknown>> {
  const data: Record<string, string> = Object.create(null) // no name is special, __proto__ neither
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] as string
    if (!ATTRIBUTES.has(bareName(name))) data[name] = fields[i + 1] as string
  }
  return data
}

function publicationOf(time: string | undefined, { id }: StreamEntry): Instant | string {
  if (time === undefined) return entryTime(id)
  const parsed = parseInstant(time)
  if ('instant' in parsed) return parsed.instant
  return `the field time must be an RFC 3339 time with an offset (it is ${parsed.problem})`
}

function decodeEnvelope(message: string, streamType: string | undefined): DecodedEntry {
  const envelope = parseJson(message)
  if (envelope === NOT_JSON) return reject('invalid-json', 'the field message holds no JSON')
  if (!isObject(envelope)) return reject('invalid-envelope', 'the field message must hold a JSON object')
  const { id, timestamp, data, checksum } = envelope
  const metadata = envelope['metadata'] ?? {}
  if (!isObject(data)) return reject('invalid-envelope', 'data must be a JSON object')
  if (typeof id !== 'string') return reject('invalid-envelope', 'id must be a text')
  const published = typeof timestamp === 'string' ? parseInstant(timestamp, 'utc') : undefined // a naive one is UTC by the format's definition
  if (published === undefined || 'problem' in published)
    return reject('invalid-envelope', 'timestamp must be an ISO 8601 time')
  if (checksum !== undefined && checksum !== null && !isChecksumOf(checksum, message)) {
    return reject('wrong-checksum', 'checksum is not the SHA-256 of data')
  }
  if (!isObject(metadata)) return reject('invalid-envelope', 'metadata must be a JSON object')
  const type = metadata['event_type'] ?? streamType
  const tombstone = metadata['tombstone'] ?? false
  if (type !== undefined && typeof type !== 'string')
    return reject('invalid-envelope', 'metadata.event_type must be a text')
  if (typeof tombstone !== 'boolean') return reject('invalid-envelope', 'metadata.tombstone must be true or false')
  return { event: { type, id, publishedAt: published.instant, tombstone, data, textual: false } }
}

function isChecksumOf(checksum: unknown, message: string): boolean {
  try {
    return checksum === checksumOf(message)
  } catch (error) {
    if (error instanceof RangeError) return false // nested more deeply than the stack reaches: no producer summed that up either
    throw error
  }
}

/** Lower-case hex SHA-256 over the canonical text of a message's `data`. */
export function checksumOf(message: string): string {
  return createHash('sha256').update(pythonCanonicalJson(message, 'data')).digest('hex')
}

const NOT_JSON = Symbol('not JSON')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return NOT_JSON // an expected outcome: the caller says where the text stood
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name
}

function reject(reason: RejectionReason, detail: string): DecodedEntry {
  return { rejection: { reason, details: [detail] } }
}
