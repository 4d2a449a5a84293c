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

/** Begins the span of a batch that was read. Where nobody wants spans no entry is looked at. */
export function traceBatch(entries: readonly StreamEntry[]): BatchTrace {
  const traces = isTracing() ? entries.map(traceOf) : []
  const follows = tracesToFollow(traces)
  const streams = new Set(follows.size === 0 ? [] : entries.map(({ stream }) => stream))
  const [stream] = streams
  const span = beginSpan('batch', {
    kind: 'consumer',
    follows: follows.values(),
    attributes: {
      'messaging.system': 'redis',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': entries.length,
      ...(streams.size === 1 && stream !== undefined ? { 'messaging.destination.name': stream } : {}),
    },
  })
  const isFollowed = (trace: NamedTrace | undefined) => trace !== undefined && follows.has(trace.traceparent)
  return { span, traced: follows.size === 0 ? [] : entries.filter((_, i) => isFollowed(traces[i])) }
}
