import { parseTraceparent, type TraceContext } from './traceparent.ts'

/** Spans that one span follows from, at most: a batch may hold ten thousand events, each with a trace of its own. */
export const MOST_TRACES = 32

/** The recorded spans that these texts name, each once, by its text; the first of them only where there are more than one span should follow. */
export function tracesToFollow(texts: Iterable<string | undefined>): ReadonlyMap<string, TraceContext> {
  const found = new Map<string, TraceContext>()
  for (const text of texts) {
    if (text === undefined || found.has(text)) continue
    const context = parseTraceparent(text)
    if (context?.sampled !== true) continue
    found.set(text, context)
    if (found.size === MOST_TRACES) break
  }
  return found
}
