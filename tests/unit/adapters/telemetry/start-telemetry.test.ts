import { expect, test } from 'vitest'
import { startTelemetry } from '../../../../adapters/telemetry/start-telemetry.ts'
import type { MetricsSource } from '../../../../adapters/telemetry/telemetry.ts'
import { captureLog } from '../../../support/captured-log.ts'

const METRICS: MetricsSource = async () => []

const told = (variable: string) => ({ level: 'warn', variable, msg: expect.stringContaining('otlp alone') })

test.each<
  [sentence: string, environment: Record<string, string>, metrics: MetricsSource | undefined, lines: readonly object[]]
>([
  ['metrics are asked for where there are none', { OTEL_METRICS_EXPORTER: 'otlp' }, undefined, []],
  ['another exporter is named where there are none', { OTEL_METRICS_EXPORTER: 'prometheus' }, undefined, []],
  ['one is for metrics', { OTEL_METRICS_EXPORTER: 'prometheus' }, METRICS, [told('OTEL_METRICS_EXPORTER')]],
  ['one is for traces', { OTEL_TRACES_EXPORTER: 'console' }, METRICS, [told('OTEL_TRACES_EXPORTER')]],
])(
  'nothing is sent, and only what has no effect is told, where %s',
  async (_sentence, environment, metrics, expected) => {
    const { log, lines } = captureLog()
    const telemetry = await startTelemetry({ environment, service: 'a test', log, ...(metrics && { metrics }) })
    await telemetry.stop()
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(expected)
  },
)
