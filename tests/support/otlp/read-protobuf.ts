import { resolve } from 'node:path'
import protobuf from 'protobufjs'
import type { MetricsRequest, TraceRequest } from './otlp-request.ts'

const root = protobuf.loadSync(resolve(import.meta.dirname, 'otlp.proto'))

export function readTraces(bytes: Uint8Array): TraceRequest {
  return read('TraceRequest', bytes) as TraceRequest
}

export function readMetrics(bytes: Uint8Array): MetricsRequest {
  return read('MetricsRequest', bytes) as MetricsRequest
}

/** In the shape of JSON, where ids are hexadecimal. */
function read(name: string, bytes: Uint8Array): unknown {
  const type = root.lookupType(name)
  const object = type.toObject(type.decode(bytes), { longs: String, bytes: Array })
  return JSON.parse(JSON.stringify(object), (key, value: unknown) =>
    /^(?:trace|span|parentSpan)Id$/.test(key) ? Buffer.from(value as number[]).toString('hex') : value,
  )
}
