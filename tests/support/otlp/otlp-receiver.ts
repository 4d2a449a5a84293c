import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { Server, ServerCredentials, type ServiceDefinition, type sendUnaryData } from '@grpc/grpc-js'
import {
  type MetricsRequest,
  numbersOf,
  type ReceivedNumbers,
  type ReceivedSpan,
  spansOf,
  type TraceRequest,
} from './otlp-request.ts'
import { readMetrics, readTraces } from './read-protobuf.ts'

/** In the words of `OTEL_EXPORTER_OTLP_PROTOCOL`. */
export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc'

type Requests = { readonly trace: TraceRequest; readonly metrics: MetricsRequest }

type Signal = keyof Requests

/** A receiver of OTLP, as a collector has one, and what processes have sent to it. */
export class OtlpReceiver implements AsyncDisposable {
  readonly url: string
  readonly spans: ReceivedSpan[] = []
  /** What came with each request, in lower case. */
  readonly headers: Readonly<Record<string, unknown>>[] = []
  #numbers: ReceivedNumbers = new Map()
  readonly #close: () => void

  private constructor(port: number, close: () => void) {
    this.url = `http://127.0.0.1:${port}`
    this.#close = close
  }

  static start(protocol: OtlpProtocol = 'http/protobuf'): Promise<OtlpReceiver> {
    return protocol === 'grpc' ? OtlpReceiver.#startGrpc() : OtlpReceiver.#startHttp()
  }

  static async #startHttp(): Promise<OtlpReceiver> {
    const server = createServer((request, response) => {
      void receiver.#takeHttp(request).then((type) => response.writeHead(200, { 'content-type': type }).end())
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const receiver = new OtlpReceiver((server.address() as AddressInfo).port, () => {
      server.close()
      server.closeAllConnections()
    })
    return receiver
  }

  static async #startGrpc(): Promise<OtlpReceiver> {
    const server = new Server()
    const take =
      <S extends Signal>(signal: S) =>
      (call: { request: Requests[S]; metadata: { getMap(): Record<string, unknown> } }, done: sendUnaryData<null>) => {
        receiver.#take(signal, call.request, call.metadata.getMap())
        done(null, null)
      }
    server.addService(serviceOf('opentelemetry.proto.collector.trace.v1.TraceService', readTraces), {
      Export: take('trace'),
    })
    server.addService(serviceOf('opentelemetry.proto.collector.metrics.v1.MetricsService', readMetrics), {
      Export: take('metrics'),
    })
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    const receiver = new OtlpReceiver(port, () => server.forceShutdown())
    return receiver
  }

  /** As they were told last. */
  get numbers(): ReceivedNumbers {
    return this.#numbers
  }

  named(name: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
  }

  /** Gives the type of the answer, which is that of the question. */
  async #takeHttp(request: IncomingMessage): Promise<string> {
    const { 'content-type': type = '', 'content-encoding': encoding } = request.headers
    const sent = await buffer(request)
    const body = encoding === 'gzip' ? gunzipSync(sent) : sent
    const isJson = type === 'application/json'
    if (request.url === '/v1/traces')
      this.#take('trace', isJson ? (JSON.parse(body.toString()) as TraceRequest) : readTraces(body), request.headers)
    if (request.url === '/v1/metrics')
      this.#take(
        'metrics',
        isJson ? (JSON.parse(body.toString()) as MetricsRequest) : readMetrics(body),
        request.headers,
      )
    return type
  }

  #take<S extends Signal>(
    signal: S,
    request: Requests[S],
    headers: IncomingHttpHeaders | Readonly<Record<string, unknown>>,
  ): void {
    this.headers.push(headers)
    if (signal === 'trace') this.spans.push(...spansOf(request as TraceRequest))
    else this.#numbers = numbersOf(request as MetricsRequest)
  }
}

/** A service of OTLP: one call, whose answer says nothing. */
function serviceOf(name: string, read: (bytes: Buffer) => unknown): ServiceDefinition {
  return {
    Export: {
      path: `/${name}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: () => Buffer.alloc(0),
      requestDeserialize: read,
      responseSerialize: () => Buffer.alloc(0),
      responseDeserialize: () => null,
    },
  }
}
