import { expect, test } from 'vitest'
import { telemetryAskedFor, unknownExporter } from '../../../../core/tracing/telemetry-asked-for.ts'

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
  ['another exporter sends none', { ...COLLECTOR, OTEL_TRACES_EXPORTER: 'console' }, []],
  ['nor does it send metrics', { ...COLLECTOR, OTEL_METRICS_EXPORTER: 'prometheus' }, ['traces']],
  ['another beside otlp does no harm', { OTEL_TRACES_EXPORTER: 'console, otlp' }, ['traces']],
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

test.each<[sentence: string, environment: Record<string, string>, variable: string | undefined]>([
  ['no exporter', {}, undefined],
  ['otlp', { OTEL_TRACES_EXPORTER: 'otlp' }, undefined],
  ['none', { OTEL_TRACES_EXPORTER: 'none' }, undefined],
  ['another', { OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
  ['another beside otlp', { OTEL_TRACES_EXPORTER: 'otlp, console' }, 'OTEL_TRACES_EXPORTER'],
  ['another for metrics', { OTEL_METRICS_EXPORTER: 'console' }, undefined],
  ['another, with the SDK disabled', { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_SDK_DISABLED: 'true' }, undefined],
])('where %s is named for traces, the variable is told if it has no effect', (_sentence, environment, variable) => {
  expect(unknownExporter(environment, 'traces')).toBe(variable)
})
