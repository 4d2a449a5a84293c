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
import { withoutCredentials } from '../../core/text/without-credentials.ts'
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
  if (asked.traces) environment['OTEL_TRACES_EXPORTER'] = 'otlp' // another one beside it would write to standard output
  diag.setLogger(diagLogger(options), { logLevel: takeLogLevel(environment), suppressOverrideMessage: true })
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
  sdk.start()
  const signals = (['traces', 'metrics'] as const).filter((signal) => asked[signal])
  log.info({ signals }, 'telemetry is sent')
  return { isOn: true, stop: () => stop(sdk) }
}

/** The SDK is not to find it: it would write to standard output by itself, in lines of its own, with whatever they hold. */
function takeLogLevel(environment: TelemetryOptions['environment']): DiagLogLevel {
  const name = environment['OTEL_LOG_LEVEL'] ?? ''
  delete environment['OTEL_LOG_LEVEL']
  return LOG_LEVELS[name.toUpperCase()] ?? DiagLogLevel.ERROR
}

async function stop(sdk: NodeSDK): Promise<void> {
  const bound = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => bound.resolve('late'), FLUSH_MS)
  const flushed = sdk.shutdown().catch(() => undefined) // who could be told?
  const end = await Promise.race([flushed, bound.promise])
  clearTimeout(timer)
  if (end === 'late') setTimeout(() => process.exit(), LEFT_OVER_MS).unref()
}

/** What the SDK has to say, in our own lines, and without what it may repeat of its headers and of passwords in its endpoints. */
function diagLogger({ environment, log }: TelemetryOptions): DiagLogger {
  const seldom = new SeldomLog((reason: string, leftOut) =>
    log.warn({ reason, leftOut }, 'telemetry is not sent, or not as asked'),
  )
  const said = (parts: readonly unknown[]) =>
    withoutCredentials(withoutHeaders(parts.map(plainText).join(' '), environment))
  const complain = (...parts: readonly unknown[]) => seldom.write(said(parts))
  const mention = (...parts: readonly unknown[]) => log.debug({ reason: said(parts) }, 'telemetry')
  return { error: complain, warn: complain, info: mention, debug: mention, verbose: mention }
}

/** Errors come as JSON, with a stack that tells nothing of this program. */
function plainText(part: unknown): string {
  const text = String(part)
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown }
    return typeof message === 'string' ? message : text
  } catch {
    return text
  }
}
