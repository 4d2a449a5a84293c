import { isDeadly, type StreamEntry } from '../../core/stream/entry.ts'
import { mayNameRecordedSpan } from '../../core/tracing/recorded-in-json.ts'
import { MAX_ENTRY_CHARACTERS } from './entry-codec.ts'

/** The attribute of the CloudEvents extension for distributed tracing, in the spellings that attributes have. */
const NAMES = new Set(['traceparent', 'ce_traceparent', 'ce-traceparent'])

/**
 * What an entry says of the trace that it belongs to: the attribute of the flat form, or `traceparent` in the metadata of an envelope that
 * may name a recorded span. Whether that means anything is not looked at here, nor whether the entry is one at all; one that may be deadly is
 * not looked at, here as anywhere.
 */
export function traceparentOf(entry: StreamEntry): string | undefined {
  if (isDeadly(entry)) return undefined
  const { fields } = entry
  if (fields.length === 2 && fields[0] === 'message') return inEnvelope(fields[1] as string)
  for (let i = 0; i + 1 < fields.length; i += 2) if (NAMES.has(fields[i] as string)) return fields[i + 1]
  return undefined
}

function inEnvelope(message: string): string | undefined {
  if (message.length > MAX_ENTRY_CHARACTERS || !mayNameRecordedSpan(message)) return undefined
  try {
    const envelope = JSON.parse(message) as { readonly metadata?: { readonly traceparent?: unknown } } | null
    const found = envelope?.metadata?.traceparent
    return typeof found === 'string' ? found : undefined
  } catch {
    return undefined // it is told where the entry is decoded
  }
}
