/** What is to be sent by OTLP. */
export interface AskedFor {
  readonly traces: boolean
  readonly metrics: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What the `OTEL_*` variables ask for. Nothing is sent unless somebody says where to, or by what: the specification's own default, an endpoint
 * on this machine, would have every process knock on a closed door. Metrics are scraped already, so an endpoint alone asks for traces.
 */
export function telemetryAskedFor(environment: Environment): AskedFor {
  const given = (name: string) => environment[name]?.trim() ?? ''
  if (given('OTEL_SDK_DISABLED').toLowerCase() === 'true') return { traces: false, metrics: false }
  const isAsked = (exporters: string, ...endpoints: readonly string[]) => {
    const named = given(exporters)
    return named === '' ? endpoints.some((name) => given(name) !== '') : !named.split(',').includes('none')
  }
  return {
    traces: isAsked('OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'),
    metrics: isAsked('OTEL_METRICS_EXPORTER', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'),
  }
}
