import type { EnvironmentValue } from './environment-value.ts'
import { must } from './must.ts'
import { parsePercent } from './parse-percent.ts'
import type { TelemetrySpec } from './spec.ts'

/** Enough to see how long things take; a trace of everything would weigh more than what it is about. */
const DEFAULT_SAMPLING = '1%'

/** What a spec says of telemetry, in the variables that every OpenTelemetry SDK knows. */
export function telemetryVariables(spec: TelemetrySpec): Readonly<Record<string, EnvironmentValue>> {
  const { otlpEndpoint, otlpProtocol = 'http/protobuf', otlpHeaders, otlpMetrics, traceSampling } = spec
  if (otlpEndpoint === undefined) return {}
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: { value: otlpEndpoint },
    OTEL_EXPORTER_OTLP_PROTOCOL: { value: otlpProtocol },
    ...(otlpHeaders === undefined ? {} : { OTEL_EXPORTER_OTLP_HEADERS: { from: 'otlp-headers', ...otlpHeaders } }),
    ...(otlpMetrics === true ? { OTEL_METRICS_EXPORTER: { value: 'otlp' } } : {}),
    OTEL_TRACES_SAMPLER: { value: 'parentbased_traceidratio' },
    OTEL_TRACES_SAMPLER_ARG: { value: String(must(parsePercent, traceSampling ?? DEFAULT_SAMPLING)) },
  }
}
