/** The span that something belongs to, as W3C Trace Context names it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** Whether the trace is recorded: only then is there anything to follow. */
  readonly sampled: boolean
  /** What tracing systems on the way have noted for each other. */
  readonly tracestate?: string
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/

const LENGTH = 55

/** What a later version of the format may add is of no use to us, and not to grow without bounds. */
const MAX_LENGTH = 512

/** Undefined for whatever is no traceparent. A later version of the format is read as far as this one goes, as the format asks. */
export function parseTraceparent(text: string): TraceContext | undefined {
  if (text.length < LENGTH || text.length > MAX_LENGTH) return undefined
  const [, version, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(text) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && text.length !== LENGTH)) return undefined
  if (isZero(traceId) || isZero(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

function isZero(id: string): boolean {
  return /^0+$/.test(id)
}
