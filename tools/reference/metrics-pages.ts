import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client'
import {
  ExporterMetrics,
  FAILURE_REASONS,
  PARTS,
  type PipelineAims,
} from '../../adapters/telemetry/exporter-metrics.ts'
import { OperatorMetrics } from '../../adapters/telemetry/operator-metrics.ts'
import { WorkerMetrics } from '../../adapters/telemetry/worker-metrics.ts'
import { EMPTY_DATABASE } from '../../core/signals/empty-database.ts'
import type { SignalsWithDemand } from '../../core/signals/pipeline-signals.ts'
import { definedMetrics } from './defined-metrics.ts'
import { code, table } from './markdown.ts'
import { METRIC_NOTES, type MetricNote } from './metric-notes.ts'
import { notice, type Page } from './page.ts'

const OF_WORKER = `# Metrics of the worker

${notice('adapters/telemetry/worker-metrics.ts')}

What a worker serves under \`/metrics\`, for Prometheus. Counters begin at zero when the process does. Everything is counted once per batch.

The entries that a worker read are the sum of what became of them: \`mp_worker_entries_read_total\` equals the sum of
\`mp_worker_entries_total\` over its outcomes, but for the batch in hand. What to watch, and what to do when it moves, is in
[operations](../operations.md#what-to-watch).

The other processes: [exporter](exporter-metrics.md), [operator](operator-metrics.md). The aggregator runs and ends, and serves nothing: what it did is in the
exporter's metrics. \`mp up\` serves nothing itself; its workers do, each on a port of its own.`

const OF_EXPORTER = `# Metrics of the exporter

${notice('adapters/telemetry/exporter-metrics.ts')}

What an [exporter](exporter.md) serves under \`/metrics\`, for Prometheus. \`mp_pipeline_*\` is what it saw of a pipeline when it last looked. A
number that is unknown is absent, never zero: while a database cannot be reached, all that would come from it is. Whether a pipeline's parts
(${PARTS.join(', ')}) can be reached is \`mp_exporter_reachable\`. A look fails for one of these reasons: ${FAILURE_REASONS.join(', ')}.`

const OF_OPERATOR = `# Metrics of the operator

${notice('adapters/telemetry/operator-metrics.ts')}

What the operator serves under \`/metrics\`, for Prometheus. Only what nobody else can tell is told of each pipeline by name: whether it is suspended, how
old an entry may become, how many workers it is to have and why. What else is known of it is in its status, and in the
[metrics of its exporter](exporter-metrics.md). A pipeline's \`namespace\` is not the operator's: let Prometheus honour labels, as the chart's
ServiceMonitor does. Alerts come with [the chart](chart.md).`

/** By a bound of the bucket: prom-client lists each bucket as a value of its own. */
const BUCKET = 'le'

type Metric = MetricObjectWithValues<MetricValue<string>>

export const metricsPages: readonly Page[] = [
  { name: 'metrics.md', write: () => pageText(OF_WORKER, new WorkerMetrics().registry) },
  { name: 'operator-metrics.md', write: async () => pageText(OF_OPERATOR, await operatorRegistry()) },
  { name: 'exporter-metrics.md', write: async () => pageText(OF_EXPORTER, await exporterRegistry()) },
]

const LOOKED = '2026-11-25T00:00:00.000Z'

const PIPELINE = 'its name'

const AIMS: PipelineAims = { freshnessObjectiveMs: 0, aggregationIntervalMs: 0 }

/** With everything that can be said of a pipeline. */
const SEEN: SignalsWithDemand = {
  demand: 0,
  observedAt: LOOKED,
  source: {
    observedAt: LOOKED,
    backlog: 0,
    backlogIs: 'exact',
    pending: 0,
    oldestEventAgeMs: null,
    isDrained: true,
    streams: [],
  },
  database: {
    observedAt: LOOKED,
    ...EMPTY_DATABASE,
    migrated: true,
    revision: 1,
    entities: 0,
    overdueNextChanges: 0,
    lastAggregation: {
      day: '2026-11-25',
      state: 'succeeded',
      startedAt: '2026-11-25T02:00:00Z',
      finishedAt: '2026-11-25T02:00:01Z',
      successful: 0,
      failed: 0,
      mismatches: 0,
      compared: 0,
    },
  },
  load: { arrivalsPerSecond: 0, completionsPerSecond: 0, capacityPerWorker: 0 },
}

async function exporterRegistry(): Promise<Registry> {
  const metrics = new ExporterMetrics()
  await metrics.expose(new Map([[PIPELINE, SEEN]]), new Map([[PIPELINE, AIMS]]))
  return metrics.registry
}

async function operatorRegistry(): Promise<Registry> {
  const metrics = new OperatorMetrics()
  await metrics.expose({ queued: 0, failing: 0, ready: [], fleets: [] })
  return metrics.registry
}

async function pageText(introduction: string, registry: Registry): Promise<string> {
  const metrics = await registry.getMetricsAsJSON()
  const labelNames = new Map(definedMetrics(registry).map(({ name, labelNames }) => [name, labelNames]))
  const own = metrics.filter(({ name }) => name.startsWith('mp_')) // the others depend on the system
  const sections = [
    introduction,
    table(
      ['Metric', 'Type', 'Unit', 'Labels', 'What it counts', 'Moves'],
      own.map((metric) => {
        const note = noteOf(metric)
        const text = [labels(metric, labelNames.get(metric.name) ?? [], note), `${metric.help}.`, note.moves]
        return [code(metric.name), String(metric.type), note.unit, ...text]
      }),
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

function noteOf({ name }: Metric): MetricNote {
  const note = METRIC_NOTES[name]
  if (note === undefined) throw new Error(`${name} is in no note: say its unit, and when it moves`)
  return note
}

/** Names with the values that exist from the start, which are all there can be, or with what a note says of them. */
function labels(metric: Metric, names: readonly string[], note: MetricNote): string {
  return names.map((name) => `${code(name)}: ${note.labels?.[name] ?? valuesOf(metric, name)}`).join('; ')
}

function valuesOf({ name, values }: Metric, label: string): string {
  const known = [...new Set(values.flatMap((value) => value.labels[label] ?? []))]
  if (known.length === 0)
    throw new Error(`${name} has no value of ${label} from the start: a note has to say what there may be`)
  return known.join(', ')
}

function buckets({ values }: Metric): readonly string[] {
  const bounds = values.map((value) => value.labels[BUCKET]).filter((bound) => bound !== undefined && bound !== '+Inf')
  return [...new Set(bounds.map(String))]
}
