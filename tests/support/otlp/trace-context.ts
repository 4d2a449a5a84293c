import { formatTraceparent, type TraceContext } from '../../../core/tracing/traceparent.ts'

/** The n-th span that a producer may have had, recorded unless a test says otherwise. */
export function producerSpan(n: number, sampled = true): TraceContext & { readonly traceparent: string } {
  const id = n.toString(16)
  const context = { traceId: `c0de${id.padStart(28, '0')}`, spanId: `beef${id.padStart(12, '0')}`, sampled }
  return { ...context, traceparent: formatTraceparent(context) }
}
