import type { NamedTrace } from './named-trace.ts'
import { parseTraceparent, type TraceContext } from './traceparent.ts'

/** Spans that one span follows from, at most: a batch may hold ten thousand events, each with a trace of its own. */
export const MOST_TRACES = 32

/** The recorded spans that are named, each once, by its traceparent; the first of them only where there are more than one span should follow. */
export function tracesToFollow(traces: Iterable<NamedTrace | undefined>): ReadonlyMap<string, TraceContext> {
  const found = new Map<string, TraceContext>()
  for (const trace of traces) {
    if (trace === undefined || found.has(trace.traceparent)) continue
    const context = parseTraceparent(trace.traceparent)
    if (context?.sampled !== true) continue
    found.set(
      trace.traceparent,
      trace.tracestate === undefined ? context : { ...context, tracestate: trace.tracestate },
    )
    if (found.size === MOST_TRACES) break
  }
  return found
}
