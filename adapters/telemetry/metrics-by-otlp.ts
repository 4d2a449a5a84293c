import { type HrTime, ValueType } from '@opentelemetry/api'
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import type { MetricFamily, MetricsSource } from './telemetry.ts'

/** A number with its labels; of a histogram also which of its numbers it is. */
type Sample = MetricFamily['values'][number] & { readonly metricName?: string }

type Environment = Readonly<Record<string, string | undefined>>

const EXPORT_INTERVAL_MS = 60_000
const EXPORT_TIMEOUT_MS = 30_000

/** Sends what is scraped by OTLP as well, under the same names: the SDK's own instruments would count everything a second time. */
export function metricReader(environment: Environment, source: MetricsSource): PeriodicExportingMetricReader {
  const exportIntervalMillis = milliseconds(environment['OTEL_METRIC_EXPORT_INTERVAL'], EXPORT_INTERVAL_MS)
  const exportTimeoutMillis = milliseconds(environment['OTEL_METRIC_EXPORT_TIMEOUT'], EXPORT_TIMEOUT_MS)
  return new PeriodicExportingMetricReader({
    exporter: metricExporter(environment),
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(exportTimeoutMillis, exportIntervalMillis),
    metricProducers: [producer(source)],
  })
}

function metricExporter(environment: Environment): PushMetricExporter {
  const protocol = environment['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'] || environment['OTEL_EXPORTER_OTLP_PROTOCOL']
  switch (protocol) {
    case 'grpc':
      return new GrpcExporter()
    case 'http/json':
      return new JsonExporter()
    default:
      return new ProtobufExporter()
  }
}

function milliseconds(text: string | undefined, fallback: number): number {
  const value = Number(text || fallback)
  return value > 0 ? value : fallback
}

function producer(source: MetricsSource): MetricProducer {
  return {
    collect: async () => {
      const families = await source()
      const endTime = toHrTime(performance.timeOrigin + performance.now())
      const metrics = families.map((family) => metricData(family, endTime))
      return {
        resourceMetrics: {
          resource: emptyResource(),
          scopeMetrics: [{ scope: { name: 'metrics-pipeline' }, metrics }],
        },
        errors: [],
      }
    },
  }
}

const STARTED_AT = toHrTime(performance.timeOrigin)

function metricData(family: MetricFamily, endTime: HrTime): MetricData {
  const { name, help: description } = family
  const common = {
    descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  const point = <T>(labels: Sample['labels'], value: T) => ({
    startTime: STARTED_AT,
    endTime,
    attributes: labels as Readonly<Record<string, string | number>>,
    value,
  })
  switch (String(family.type)) {
    case 'counter':
      return {
        ...common,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: family.values.map(({ labels, value }) => point(labels, value)),
      }
    case 'histogram':
      return {
        ...common,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: histograms(family.name, family.values).map(({ labels, ...value }) => point(labels, value)),
      }
    default:
      return {
        ...common,
        dataPointType: DataPointType.GAUGE,
        dataPoints: family.values.map(({ labels, value }) => point(labels, value)),
      }
  }
}

interface LabelledHistogram {
  readonly labels: Sample['labels']
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] }
  sum: number
  count: number
}

/** Prometheus counts what is up to each bound, OTLP what is between two. */
function histograms(name: string, samples: readonly Sample[]): readonly LabelledHistogram[] {
  const found = new Map<string, LabelledHistogram>()
  const below = new Map<LabelledHistogram, number>()
  for (const { labels: all, value, metricName } of samples) {
    const { le, ...labels } = all
    const key = JSON.stringify(labels)
    const histogram = found.get(key) ?? { labels, buckets: { boundaries: [], counts: [] }, sum: 0, count: 0 }
    found.set(key, histogram)
    if (metricName === `${name}_sum`) histogram.sum = value
    else if (metricName === `${name}_count`) histogram.count = value
    else {
      if (le !== '+Inf') histogram.buckets.boundaries.push(Number(le))
      histogram.buckets.counts.push(value - (below.get(histogram) ?? 0))
      below.set(histogram, value)
    }
  }
  return [...found.values()]
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)]
}
