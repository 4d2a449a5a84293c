import { traceOf } from '../adapters/redis/entry-trace.ts'
import { beginSpan, isTracing, type Span } from '../adapters/telemetry/span.ts'
import type { StreamEntry } from '../core/stream/entry.ts'
import type { NamedTrace } from '../core/tracing/named-trace.ts'
import { tracesToFollow } from '../core/tracing/traces-to-follow.ts'

export interface BatchTrace {
  readonly span: Span
  /** The entries whose traces the span follows, in their order. */
  readonly traced: readonly StreamEntry[]
}

interface TracedEntry {
  readonly entry: StreamEntry
  readonly trace: NamedTrace
}

/** Begins the span of a batch that was read. Where nobody wants spans no entry is looked at. */
export function traceBatch(entries: readonly StreamEntry[]): BatchTrace {
  const named = isTracing() ? entriesWithTraces(entries) : []
  const follows = tracesToFollow(named.map(({ trace }) => trace))
  const stream = follows.size === 0 ? undefined : onlyStream(entries)
  const span = beginSpan('batch', {
    kind: 'consumer',
    follows: follows.values(),
    attributes: {
      'messaging.system': 'redis',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': entries.length,
      ...(stream === undefined ? {} : { 'messaging.destination.name': stream }),
    },
  })
  return { span, traced: named.filter(({ trace }) => follows.has(trace.traceparent)).map(({ entry }) => entry) }
}

/** Few name one: nothing is made for the others. */
function entriesWithTraces(entries: readonly StreamEntry[]): readonly TracedEntry[] {
  const named: TracedEntry[] = []
  for (const entry of entries) {
    const trace = traceOf(entry)
    if (trace !== undefined) named.push({ entry, trace })
  }
  return named
}

/** Undefined where there are several. */
function onlyStream(entries: readonly StreamEntry[]): string | undefined {
  const stream = entries[0]?.stream
  return entries.every((entry) => entry.stream === stream) ? stream : undefined
}
