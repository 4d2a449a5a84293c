/** What is to be sent by OTLP. */
export interface AskedFor {
  readonly traces: boolean
  readonly metrics: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

const EXPORTERS = { traces: 'OTEL_TRACES_EXPORTER', metrics: 'OTEL_METRICS_EXPORTER' } as const

/**
 * What the `OTEL_*` variables ask for. Nothing is sent unless somebody says where to, or by what: the specification's own default, an endpoint
 * on this machine, would have every process knock on a closed door. Metrics are scraped already, so an endpoint alone asks for traces.
 */
export function telemetryAskedFor(environment: Environment): AskedFor {
  if (isDisabled(environment)) return { traces: false, metrics: false }
  const isAsked = (signal: keyof AskedFor, ...endpoints: readonly string[]) => {
    const named = exportersNamed(environment, signal)
    if (named.length === 0) return endpoints.some((name) => given(environment, name) !== '')
    return named.includes('otlp') && !named.includes('none')
  }
  return {
    traces: isAsked('traces', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'),
    metrics: isAsked('metrics', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'),
  }
}

/** The variable of a signal, where it names an exporter that is not there: it has no effect. */
export function unknownExporter(environment: Environment, signal: keyof AskedFor): string | undefined {
  if (isDisabled(environment)) return undefined
  const isUnknown = exportersNamed(environment, signal).some((name) => name !== 'otlp' && name !== 'none')
  return isUnknown ? EXPORTERS[signal] : undefined
}

function isDisabled(environment: Environment): boolean {
  return given(environment, 'OTEL_SDK_DISABLED').toLowerCase() === 'true'
}

function exportersNamed(environment: Environment, signal: keyof AskedFor): readonly string[] {
  const names = given(environment, EXPORTERS[signal]).split(',')
  return names.map((name) => name.trim()).filter((name) => name !== '')
}

function given(environment: Environment, name: string): string {
  return environment[name]?.trim() ?? ''
}
