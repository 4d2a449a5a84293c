import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import { WorkerMetrics } from '../../adapters/telemetry/worker-metrics.ts'
import { code, table } from './markdown.ts'
import { notice, type Page } from './page.ts'

const INTRODUCTION = `# Metrics of the worker

${notice('adapters/telemetry/worker-metrics.ts')}

What a worker serves under \`/metrics\`, for Prometheus. Counters begin at zero when the process does. Everything is counted once per batch.

The entries that a worker read are the sum of what became of them: \`mp_worker_entries_read_total\` equals the sum of
\`mp_worker_entries_total\` over its outcomes, but for the batch in hand. What to watch, and what to do when it moves, is in
[operations](../operations.md#what-to-watch).`

/** By a bound of the bucket: prom-client lists each bucket as a value of its own. */
const BUCKET = 'le'

type Metric = MetricObjectWithValues<MetricValue<string>>

export const workerMetricsPage: Page = { name: 'metrics.md', write: pageText }

async function pageText(): Promise<string> {
  const metrics = await new WorkerMetrics().registry.getMetricsAsJSON()
  const own = metrics.filter(({ name }) => name.startsWith('mp_')) // the others depend on the system
  const sections = [
    INTRODUCTION,
    table(
      ['Metric', 'Type', 'Labels', 'What it counts'],
      own.map((metric) => [code(metric.name), String(metric.type), labels(metric), `${metric.help}.`]),
    ),
    '## Buckets',
    table(
      ['Histogram', 'Upper bounds'],
      own.filter(isHistogram).map((metric) => [code(metric.name), buckets(metric).join(', ')]),
    ),
    '## Process',
    'Beside these there are the default metrics of prom-client, `process_*` and `nodejs_*`: CPU seconds, resident memory, open files, lag of the\n' +
      'event loop, garbage collection.',
  ]
  return `${sections.join('\n\n')}\n`
}

function isHistogram({ type }: Metric): boolean {
  return String(type) === 'histogram'
}

/** Names with the values that exist from the start, which are all there can be. */
function labels({ values }: Metric): string {
  const names = [...new Set(values.flatMap((value) => Object.keys(value.labels)))].filter((name) => name !== BUCKET)
  return names
    .map((name) => `${code(name)}: ${[...new Set(values.flatMap((value) => value.labels[name] ?? []))].join(', ')}`)
    .join('; ')
}

function buckets({ values }: Metric): readonly string[] {
  const bounds = values.map((value) => value.labels[BUCKET]).filter((bound) => bound !== undefined && bound !== '+Inf')
  return [...new Set(bounds.map(String))]
}
