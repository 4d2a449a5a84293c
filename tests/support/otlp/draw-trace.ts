import type { ReceivedSpan } from './otlp-request.ts'

/** A trace as a tree, one line a span: its service where that changes, its name, and how much it was about. Parts stand in the order of their beginning. */
export function drawTrace(spans: readonly ReceivedSpan[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId))
  return roots.flatMap((root) => drawSpan(root, spans, undefined)).join('\n')
}

function drawSpan(span: ReceivedSpan, spans: readonly ReceivedSpan[], above: ReceivedSpan | undefined): string[] {
  const parts = spans
    .filter(({ parentSpanId }) => parentSpanId === span.spanId)
    .toSorted((a, b) => Number(a.startedAt - b.startedAt))
  const service = span.service === above?.service ? '' : `${span.service}: `
  return [
    `${service}${span.name}${amountOf(span)}`,
    ...parts.flatMap((part, i) => {
      const isLast = i === parts.length - 1
      return drawSpan(part, spans, span).map((line, n) => {
        if (n === 0) return `${isLast ? '└─' : '├─'} ${line}`
        return `${isLast ? '  ' : '│ '} ${line}`
      })
    }),
  ]
}

function amountOf({ attributes }: ReceivedSpan): string {
  const [events, entities] = [attributes['messaging.batch.message_count'], attributes['mp.entities']]
  if (events !== undefined) return ` (${events} events)`
  return entities === undefined ? '' : ` (${entities} entities)`
}
