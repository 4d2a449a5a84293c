import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import {
  defaultResource,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import type { AskedFor } from '../../core/tracing/telemetry-asked-for.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { metricReader } from './metrics-by-otlp.ts'
import { readHeaders, withoutHeaders } from './otlp-headers.ts'
import { SeldomLog } from './seldom-log.ts'
import type { Telemetry, TelemetryOptions } from './telemetry.ts'

/** Long enough for a collector that answers; a process that ends waits no longer for one that does not. */
const FLUSH_MS = 2_000

/** What is left of the SDK then, a retry that waits for its turn, keeps no process alive. */
const LEFT_OVER_MS = 100

const LOG_LEVELS: Readonly<Record<string, DiagLogLevel>> = {
  NONE: DiagLogLevel.NONE,
  ERROR: DiagLogLevel.ERROR,
  WARN: DiagLogLevel.WARN,
  INFO: DiagLogLevel.INFO,
  DEBUG: DiagLogLevel.DEBUG,
  VERBOSE: DiagLogLevel.VERBOSE,
  ALL: DiagLogLevel.ALL,
}

/** Starts the SDK as its own variables say. Everything that costs memory is loaded with this file, and with nothing else. */
export function openTelemetry(asked: AskedFor, options: TelemetryOptions): Telemetry {
  const { environment, service, attributes = {}, metrics, log } = options
  readHeaders(environment, log)
  const logLevel = LOG_LEVELS[environment['OTEL_LOG_LEVEL']?.toUpperCase() ?? ''] ?? DiagLogLevel.ERROR
  const logger = diagLogger(options)
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true })
  const sdk = new NodeSDK({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': service, 'service.version': packageJson.version, ...attributes }),
    ),
    // The SDK's own list has a random id for each process, in place of the name by which logs and tables know it.
    ...(environment['OTEL_NODE_RESOURCE_DETECTORS'] === undefined
      ? { resourceDetectors: [hostDetector, osDetector, processDetector, envDetector] }
      : {}),
    ...(asked.traces ? {} : { spanProcessors: [] }),
    metricReaders: asked.metrics && metrics !== undefined ? [metricReader(environment, metrics)] : [],
    logRecordProcessors: [],
  })
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true }) // in place of the SDK's, which writes to standard output
  sdk.start()
  const signals = (['traces', 'metrics'] as const).filter((signal) => asked[signal])
  log.info({ signals }, 'telemetry is sent')
  return { stop: () => stop(sdk) }
}

async function stop(sdk: NodeSDK): Promise<void> {
  const bound = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => bound.resolve('late'), FLUSH_MS)
  const flushed = sdk.shutdown().catch(() => undefined) // who could be told?
  const end = await Promise.race([flushed, bound.promise])
  clearTimeout(timer)
  if (end === 'late') setTimeout(() => process.exit(), LEFT_OVER_MS).unref()
}

/** What the SDK has to say, in our own lines, and without what it may repeat of its headers. */
function diagLogger({ environment, log }: TelemetryOptions): DiagLogger {
  const seldom = new SeldomLog((reason, leftOut) =>
    log.warn({ reason, leftOut }, 'telemetry is not sent, or not as asked'),
  )
  const said = (parts: readonly unknown[]) => withoutHeaders(parts.map(String).join(' '), environment)
  const complain = (...parts: readonly unknown[]) => seldom.write(said(parts))
  const mention = (...parts: readonly unknown[]) => log.debug({ reason: said(parts) }, 'telemetry')
  return { error: complain, warn: complain, info: mention, debug: mention, verbose: mention }
}
