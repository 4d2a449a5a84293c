import { type AskedFor, telemetryAskedFor, unknownExporter } from '../../core/tracing/telemetry-asked-for.ts'
import { describeError } from './create-logger.ts'
import { withoutHeaders } from './otlp-headers.ts'
import type { Telemetry, TelemetryOptions } from './telemetry.ts'

const NOTHING: Telemetry = { isOn: false, stop: async () => undefined }

/** Sends spans, and metrics if asked, by OTLP. The SDK is loaded only where that is asked for: it is a fifth of a worker's memory. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const asked = whatThereIs(options)
  if (!asked.traces && !asked.metrics) return NOTHING
  try {
    const { openTelemetry } = await import('./open-telemetry.ts')
    return openTelemetry(asked, options)
  } catch (error) {
    const reason = withoutHeaders(describeError(error).message, options.environment) // gRPC repeats a header that it cannot carry
    options.log.warn({ reason }, 'telemetry cannot be sent') // whatever is wrong with it, the work is done all the same
    return NOTHING
  }
}

/** Of what is asked for that which this process has. Who asks for an exporter that is not there would wait for it in vain. */
function whatThereIs({ environment, metrics, log }: TelemetryOptions): AskedFor {
  const hasMetrics = metrics !== undefined
  for (const signal of hasMetrics ? (['traces', 'metrics'] as const) : (['traces'] as const)) {
    const variable = unknownExporter(environment, signal)
    if (variable !== undefined) log.warn({ variable }, 'telemetry is sent by the exporter otlp alone: no other is used')
  }
  const asked = telemetryAskedFor(environment)
  return { ...asked, metrics: asked.metrics && hasMetrics }
}
