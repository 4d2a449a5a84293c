import { telemetryAskedFor } from '../../core/tracing/telemetry-asked-for.ts'
import { describeError } from './create-logger.ts'
import { withoutHeaders } from './otlp-headers.ts'
import type { Telemetry, TelemetryOptions } from './telemetry.ts'

const NOTHING: Telemetry = { stop: async () => undefined }

/** Sends spans, and metrics if asked, by OTLP. The SDK is loaded only where that is asked for: it is a fifth of a worker's memory. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const asked = telemetryAskedFor(options.environment)
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
