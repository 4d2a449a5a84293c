/** What an exporter sends, in the shape that OTLP has in JSON. Numbers of 64 bits are texts there; a reader of protobuf gives them so too. */
export interface TraceRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: Resource
    readonly scopeSpans?: readonly { readonly spans?: readonly WireSpan[] }[]
  }[]
}

export interface MetricsRequest {
  readonly resourceMetrics?: readonly {
    readonly resource?: Resource
    readonly scopeMetrics?: readonly { readonly metrics?: readonly WireMetric[] }[]
  }[]
}

interface Resource {
  readonly attributes?: readonly Attribute[]
}

interface Attribute {
  readonly key: string
  readonly value?: {
    readonly stringValue?: string
    readonly boolValue?: boolean
    readonly intValue?: string | number
    readonly doubleValue?: number
  }
}

interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly traceState?: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes?: readonly Attribute[]
  readonly links?: readonly ReceivedLink[]
  readonly status?: { readonly message?: string; readonly code?: number }
}

interface WireMetric {
  readonly name: string
  readonly description?: string
  readonly gauge?: { readonly dataPoints?: readonly NumberPoint[] }
  readonly sum?: { readonly dataPoints?: readonly NumberPoint[]; readonly isMonotonic?: boolean }
  readonly histogram?: { readonly dataPoints?: readonly HistogramPoint[] }
}

interface NumberPoint {
  readonly asDouble?: number
  readonly asInt?: string | number
  readonly attributes?: readonly Attribute[]
}

interface HistogramPoint {
  readonly count: string | number
  readonly sum?: number
  readonly bucketCounts?: readonly (string | number)[]
  readonly explicitBounds?: readonly number[]
  readonly attributes?: readonly Attribute[]
}

type Attributes = Readonly<Record<string, string | number | boolean>>

export interface ReceivedLink {
  readonly traceId: string
  readonly spanId: string
  /** As W3C Trace Context writes it; left out where there is none. */
  readonly traceState?: string
}

/** A span that was received. */
export interface ReceivedSpan {
  readonly service: string
  readonly resource: Attributes
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  /** Undefined where it begins a trace. */
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  readonly links: readonly ReceivedLink[]
  readonly attributes: Attributes
  /** Nanoseconds since 1970. */
  readonly startedAt: bigint
  readonly endedAt: bigint
  /** What went wrong; undefined where nothing did. */
  readonly error: string | undefined
}

/** A number that was received, by the metric's name and its labels in alphabetical order, as Prometheus writes them. */
export type ReceivedNumbers = ReadonlyMap<string, number>

const FAILED = 2

export function spansOf({ resourceSpans = [] }: TraceRequest): readonly ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const about = attributesOf(resource?.attributes)
    return scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        service: String(about['service.name']),
        resource: about,
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
        traceState: span.traceState || undefined,
        links: (span.links ?? []).map(({ traceId, spanId, traceState }) => ({
          traceId,
          spanId,
          ...(traceState ? { traceState } : {}),
        })),
        attributes: attributesOf(span.attributes),
        startedAt: BigInt(span.startTimeUnixNano),
        endedAt: BigInt(span.endTimeUnixNano),
        error: span.status?.code === FAILED ? (span.status.message ?? '') : undefined,
      })),
    )
  })
}

/** A histogram is told as Prometheus tells it: `_bucket` with its upper bound in `le`, `_count` and `_sum`. */
export function numbersOf({ resourceMetrics = [] }: MetricsRequest): ReceivedNumbers {
  const metrics = resourceMetrics.flatMap(({ scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ metrics = [] }) => metrics),
  )
  return new Map(
    metrics.flatMap(({ name, gauge, sum, histogram }) => [
      ...[...(gauge?.dataPoints ?? []), ...(sum?.dataPoints ?? [])].map(
        ({ asDouble, asInt, attributes }) =>
          [sample(name, attributesOf(attributes)), Number(asDouble ?? asInt ?? 0)] as const,
      ),
      ...(histogram?.dataPoints ?? []).flatMap((point) => histogramSamples(name, point)),
    ]),
  )
}

function histogramSamples(
  name: string,
  { count, sum = 0, bucketCounts = [], explicitBounds = [], attributes }: HistogramPoint,
): readonly (readonly [string, number])[] {
  const labels = attributesOf(attributes)
  let below = 0
  const buckets = bucketCounts.map((each, i) => {
    below += Number(each)
    return [sample(`${name}_bucket`, { ...labels, le: String(explicitBounds[i] ?? '+Inf') }), below] as const
  })
  return [...buckets, [sample(`${name}_count`, labels), Number(count)], [sample(`${name}_sum`, labels), sum]]
}

function sample(name: string, labels: Attributes): string {
  const texts = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return texts.length === 0 ? name : `${name}{${texts.sort().join(',')}}`
}

function attributesOf(attributes: readonly Attribute[] = []): Attributes {
  return Object.fromEntries(
    attributes.map(({ key, value = {} }) => {
      const { stringValue, boolValue, intValue, doubleValue } = value
      return [key, stringValue ?? boolValue ?? (intValue === undefined ? (doubleValue ?? '') : Number(intValue))]
    }),
  )
}
