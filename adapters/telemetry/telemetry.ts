import type { Registry } from 'prom-client'
import type { Logger } from './create-logger.ts'

export type MetricFamily = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]

/** All that a process counts, as of now. */
export type MetricsSource = () => Promise<readonly MetricFamily[]>

export interface TelemetryOptions {
  /** The process's own: what is asked for stands in its `OTEL_*` variables. */
  readonly environment: Record<string, string | undefined>
  /** What the service is called unless a variable says otherwise. */
  readonly service: string
  /** What tells this process from others of its kind. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Where the process's metrics are, for those who want them by OTLP too. */
  readonly metrics?: MetricsSource
  readonly log: Logger
}

export interface Telemetry {
  /** Whether anything is sent, and the SDK in memory for it. */
  readonly isOn: boolean
  /** Sends what is left, for two seconds at most. */
  stop(): Promise<void>
}
