import {
  type Span as ApiSpan,
  type Attributes,
  type Context,
  context,
  createTraceState,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { type NamedTrace, namedTrace } from '../../core/tracing/named-trace.ts'
import { formatTraceparent, type TraceContext } from '../../core/tracing/traceparent.ts'
import { describeError } from './create-logger.ts'

export interface SpanOptions {
  /** What the span is between processes; default: a step within one. */
  readonly kind?: 'producer' | 'consumer' | 'client'
  /** When it began, by `performance.now()`; default: now. */
  readonly startedAt?: number
  /**
   * Recorded spans that led to it, elsewhere or earlier. The first is its parent, so that this one is recorded too; to the others it has
   * links. With none of them it belongs to the span that is under way, or begins a trace of its own.
   */
  readonly follows?: Iterable<TraceContext>
  readonly attributes?: Attributes
}

const KINDS = { producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT } as const

/** Whoever has registered a tracer provider gets the spans: this project's processes where that is asked for, or the program around the library. */
const tracer = trace.getTracer('metrics-pipeline')

/** Whether anybody wants spans. To make one that nobody wants costs next to nothing; what it takes to know more for it may not. */
export function isTracing(): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer('metrics-pipeline') !== undefined
}

/** Whether there is a span under way that what happens now would be a part of. */
export function isInSpan(): boolean {
  return trace.getActiveSpan() !== undefined
}

/** A stretch of work under way. */
export class Span {
  readonly #span: ApiSpan
  readonly #context: Context

  constructor(span: ApiSpan, around: Context) {
    this.#span = span
    this.#context = trace.setSpan(around, span)
  }

  /** Names it to whoever goes on with it elsewhere; undefined where nothing is recorded. */
  get named(): NamedTrace | undefined {
    const spanContext = this.#span.spanContext()
    const traceparent = traceparentOf(spanContext)
    return traceparent === undefined ? undefined : namedTrace(traceparent, spanContext.traceState?.serialize())
  }

  /** Spans that begin in `work` are parts of this one, and its log lines name it. */
  run<T>(work: () => T): T {
    return context.with(this.#context, work)
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes)
  }

  /** With an error it ends as failed. What that says holds no secrets, as in logs. */
  end(error?: unknown): void {
    if (error !== undefined && this.#span.isRecording()) {
      const { name, message, code } = describeError(error)
      this.#span.setAttribute('error.type', code ?? name)
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message })
    }
    this.#span.end(performance.now())
  }
}

export function beginSpan(name: string, options: SpanOptions = {}): Span {
  const { kind, startedAt = performance.now(), follows = [], attributes } = options
  const [parent, ...others] = [...follows].map(remoteSpan)
  const around = parent === undefined ? context.active() : trace.setSpanContext(context.active(), parent)
  const span = tracer.startSpan(
    name,
    {
      ...(kind === undefined ? {} : { kind: KINDS[kind] }),
      startTime: startedAt, // left to the SDK it would be in whole milliseconds
      ...(attributes === undefined ? {} : { attributes }),
      ...(others.length === 0 ? {} : { links: others.map((each) => ({ context: each })) }),
    },
    around,
  )
  return new Span(span, around)
}

/** Work as a span of its own, which ends with it. */
export async function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const span = beginSpan(name, options)
  try {
    const result = await span.run(() => work(span))
    span.end()
    return result
  } catch (error) {
    span.end(error)
    throw error
  }
}

/** Work that goes on by itself, whatever was under way when it was begun. */
export function apartFromSpans<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work)
}

/** Spans that follow one another: each begins where the one before it ends. */
export class Steps {
  #step: Span

  constructor(name: string, options: SpanOptions = {}) {
    this.#step = beginSpan(name, options)
  }

  next(name: string, options: SpanOptions = {}): void {
    this.#step.end()
    this.#step = beginSpan(name, options)
  }

  end(error?: unknown): void {
    this.#step.end(error)
  }
}

/** The traceparent of the span under way; undefined where nothing is recorded. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan()
  return span === undefined ? undefined : traceparentOf(span.spanContext())
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string | undefined {
  const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0
  return sampled ? formatTraceparent({ traceId, spanId, sampled }) : undefined
}

function remoteSpan({ traceId, spanId, sampled, tracestate }: TraceContext): SpanContext {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  const traceState = tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }
  return { traceId, spanId, traceFlags, isRemote: true, ...traceState }
}
