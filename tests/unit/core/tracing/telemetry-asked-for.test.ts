import { expect, test } from 'vitest'
import { telemetryAskedFor } from '../../../../core/tracing/telemetry-asked-for.ts'

const NOWHERE = {}
const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

test.each<[sentence: string, environment: Record<string, string>, asked: readonly ('traces' | 'metrics')[]]>([
  ['nothing is sent where nobody asks', NOWHERE, []],
  ['an endpoint asks for traces, for metrics are scraped already', COLLECTOR, ['traces']],
  ['an endpoint for traces does', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector/v1/traces' }, ['traces']],
  [
    'an endpoint for metrics asks for these',
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c/v1/metrics' },
    ['metrics'],
  ],
  ['an exporter by name is enough', { OTEL_TRACES_EXPORTER: 'otlp' }, ['traces']],
  ['metrics are sent too when asked for', { ...COLLECTOR, OTEL_METRICS_EXPORTER: 'otlp' }, ['traces', 'metrics']],
  ['the exporter none sends no traces', { ...COLLECTOR, OTEL_TRACES_EXPORTER: 'none' }, []],
  ['the exporter none sends no metrics', { ...COLLECTOR, OTEL_METRICS_EXPORTER: 'none' }, ['traces']],
  ['who disables the SDK gets nothing', { ...COLLECTOR, OTEL_SDK_DISABLED: 'true' }, []],
  ['in whatever letters', { ...COLLECTOR, OTEL_SDK_DISABLED: 'True' }, []],
  ['any other word disables nothing, as the specification says', { ...COLLECTOR, OTEL_SDK_DISABLED: '1' }, ['traces']],
  ['an empty variable is none', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ', OTEL_TRACES_EXPORTER: '' }, []],
])('%s', (_sentence, environment, asked) => {
  expect(telemetryAskedFor(environment)).toEqual({
    traces: asked.includes('traces'),
    metrics: asked.includes('metrics'),
  })
})
