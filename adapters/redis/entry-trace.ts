import { isDeadly, type StreamEntry } from '../../core/stream/entry.ts'
import { type NamedTrace, namedTrace } from '../../core/tracing/named-trace.ts'
import { mayNameRecordedSpan } from '../../core/tracing/recorded-in-json.ts'
import { MAX_ENTRY_CHARACTERS } from './entry-codec.ts'

/** The attributes of the CloudEvents extension for distributed tracing, in the spellings that attributes have. */
const PARENT = new Set(['traceparent', 'ce_traceparent', 'ce-traceparent'])
const STATE = new Set(['tracestate', 'ce_tracestate', 'ce-tracestate'])

/** Of a name that is shorter nobody has to know more: to look a text up takes three times as long as its length. */
const SHORTEST = 'tracestate'.length

/**
 * The trace that an entry says it belongs to: by the attributes of the flat form, or those in the metadata of an envelope that may name a
 * recorded span. Whether the entry is one at all is not looked at here; one that may be deadly is not looked at, here as anywhere.
 */
export function traceOf(entry: StreamEntry): NamedTrace | undefined {
  if (isDeadly(entry)) return undefined
  const { fields } = entry
  if (fields.length === 2 && fields[0] === 'message') return inEnvelope(fields[1] as string)
  const traceparent = fieldAmong(fields, PARENT)
  return traceparent === undefined ? undefined : namedTrace(traceparent, fieldAmong(fields, STATE))
}

function fieldAmong(fields: StreamEntry['fields'], names: ReadonlySet<string>): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] as string
    if (name.length >= SHORTEST && names.has(name)) return fields[i + 1]
  }
  return undefined
}

function inEnvelope(message: string): NamedTrace | undefined {
  if (message.length > MAX_ENTRY_CHARACTERS || !mayNameRecordedSpan(message)) return undefined
  try {
    const envelope = JSON.parse(message) as { readonly metadata?: Readonly<Record<string, unknown>> } | null
    return namedTrace(envelope?.metadata?.['traceparent'], envelope?.metadata?.['tracestate'])
  } catch {
    return undefined // it is told where the entry is decoded
  }
}
