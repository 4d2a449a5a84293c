import type { OtlpProtocol, OtlpReceiver } from './otlp-receiver.ts'

/** So that a test need not wait the five seconds, or the minute, for which an SDK collects what it sends. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_METRIC_EXPORT_INTERVAL: '200', OTEL_METRIC_EXPORT_TIMEOUT: '200' }

/** The environment of a process that sends its telemetry to a receiver. */
export function sendingTo(
  { url }: Pick<OtlpReceiver, 'url'>,
  protocol: OtlpProtocol = 'http/protobuf',
): Readonly<Record<string, string>> {
  return { ...SOON, OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: protocol }
}
