import { parseTraceparent } from './traceparent.ts'

/** The trace that an event says it belongs to, in the words of W3C Trace Context. */
export interface NamedTrace {
  readonly traceparent: string
  readonly tracestate?: string
}

/** The format has whoever hands it on keep at least so much; more is not to be carried from entry to entry. */
const MAX_TRACESTATE = 512

/** Undefined where the texts name no span. A trace state that is too long is left out as a whole: a part of it could be taken for all of it. */
export function namedTrace(traceparent: unknown, tracestate: unknown): NamedTrace | undefined {
  if (typeof traceparent !== 'string' || parseTraceparent(traceparent) === undefined) return undefined
  if (typeof tracestate !== 'string' || tracestate === '' || tracestate.length > MAX_TRACESTATE) return { traceparent }
  return { traceparent, tracestate }
}
