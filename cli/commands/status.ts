import { Command, Option } from 'commander'
import { notMigrated } from '../../adapters/postgres/migrate-error.ts'
import { openPostgresPool } from '../../adapters/postgres/postgres-pool.ts'
import { readDatabaseSignals } from '../../adapters/postgres/read-signals.ts'
import { readBacklog, type StreamBacklog } from '../../adapters/redis/read-backlog.ts'
import { connectRedis } from '../../adapters/redis/redis-client.ts'
import { PIPELINE_SCOPE } from '../../core/composite/composite-scopes.ts'
import type { MetricSet, SetComposite } from '../../core/metric-sets/metric-set.ts'
import { ageText } from '../../core/operator/status-of.ts'
import type { DatabaseSignals } from '../../core/signals/pipeline-signals.ts'
import { databaseUrlOf, redisUrlOf } from '../connections.ts'
import { formatTable } from '../format-table.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'
import { probeWorker } from '../up/probe-worker.ts'
import { type LocalScaling, type LocalState, readLocalState } from '../up/state-folder.ts'

const HELP = `
Examples:
  mp status -f pipeline.yaml
  mp status -f pipeline.yaml -o json | jq .database.marks`

interface WorkerStatus {
  readonly name: string
  readonly ready: string
}

interface Status {
  readonly pipeline: string
  readonly workers: readonly WorkerStatus[]
  /** Null where their number is fixed, or nobody decides it here. */
  readonly scaling: LocalScaling | null
  readonly streams: readonly StreamBacklog[]
  readonly database: DatabaseSignals
}

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Show how a pipeline is doing: workers, backlog, marks, dead letters, the last aggregation.')
    .addOption(filenameOption())
    .addOption(new Option('-o, --output <format>', 'the output format').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async ({ filename, output }: { filename: string; output: 'text' | 'json' }) => {
      const { pipeline, settings, metricSet } = await readPipeline(filename, terminal)
      const { name } = pipeline.metadata
      const state = readLocalState(name)
      const status: Status = {
        pipeline: name,
        workers: await probeWorkers(state),
        scaling: state?.scaling ?? null,
        streams: await readStreams(redisUrlOf(name), settings.consumerGroup, settings.streams),
        database: await readDatabase(databaseUrlOf(name), pipeline.spec.database.schema, metricSet),
      }
      terminal.write(
        output === 'json'
          ? `${JSON.stringify(status, null, 2)}\n`
          : describe(status, metricSet.entities ?? 'entities', pipeline.spec.composite && metricSet.composite),
      )
    })
}

async function readStreams(url: string, group: string, streams: readonly string[]): Promise<readonly StreamBacklog[]> {
  const client = await connectRedis(url, () => undefined)
  try {
    return await readBacklog(client, group, streams)
  } finally {
    client.disconnect()
  }
}

async function readDatabase(url: string, schema: string, set: MetricSet): Promise<DatabaseSignals> {
  const pool = await openPostgresPool({
    url,
    schema,
    applicationName: 'metrics-pipeline status',
    maxConnections: 1,
    onError: () => undefined,
  })
  try {
    const signals = await readDatabaseSignals(pool, set, { countEntities: true })
    if (!signals.migrated) throw notMigrated(schema)
    return signals
  } finally {
    await pool.end()
  }
}

function probeWorkers(state: LocalState | undefined): Promise<readonly WorkerStatus[]> {
  return Promise.all((state?.workers ?? []).map(async ({ name, port }) => ({ name, ready: await probeWorker(port) })))
}

function describe(
  { pipeline, workers, scaling, streams, database }: Status,
  entities: string,
  composite: SetComposite | undefined,
): string {
  const { deadLetters, lastAggregation: last } = database
  const set = Object.entries(deadLetters).map(([reason, count]) => `${reason} × ${count}`)
  const oldest =
    database.oldestMarkAgeMs === null ? '' : `, the oldest for ${(database.oldestMarkAgeMs / 1_000).toFixed(1)} s`
  return [
    `Pipeline:      ${pipeline} (revision ${database.revision})`,
    `Workers:       ${workers.length === 0 ? (scaling === null ? 'none started here' : 'none') : workers.map(({ name, ready }) => `${name} ${ready}`).join(', ')}`,
    ...(scaling === null ? [] : [`Scaling:       ${scaling.decision.reason}: ${scaling.decision.message}`]),
    `Rows:          ${database.entities ?? '?'} ${entities}${database.asOf === null ? '' : `, as of ${database.asOf}`}`,
    `Marks:         ${database.marks}${oldest}`,
    `Unresolved:    ${database.unresolvedReferences} references`,
    `Dead letters:  ${set.length === 0 ? 'none' : set.join(', ')}`,
    `Aggregation:   ${last === null ? 'never' : `${last.day} ${last.state}, ${last.successful} successful, ${last.failed} failed, ${last.mismatches ?? '?'} mismatches`}`,
    ...(composite === undefined ? [] : [`Composite:     ${compositeText(composite, database.composites)}`]),
    '',
    streamTable(streams, database.shards),
    ...faultLines(database),
  ].join('\n')
}

/** The whole pipeline's; groups are for `mp composite show`. */
function compositeText({ name }: SetComposite, composites: DatabaseSignals['composites']): string {
  const whole = composites.find(({ scope }) => scope === PIPELINE_SCOPE)
  if (whole === undefined) return `${name} was not calculated so far`
  const { value, ageMs, sampleSize, holder } = whole
  return `${name} ${value ?? 'without data'}, ${ageText(ageMs)} old, of ${sampleSize}, by ${holder}`
}

/** Shards have an owner each; plain streams belong to all workers. */
function streamTable(streams: readonly StreamBacklog[], shards: DatabaseSignals['shards']): string {
  const isSharded = shards.length > 0
  const owners = new Map(shards.map(({ stream, owner }) => [stream, owner]))
  return formatTable(
    ['STREAM', 'ENTRIES', 'LAG', 'PENDING', ...(isSharded ? ['OWNER'] : [])],
    streams.map(({ stream, length, lag, pending }) => [
      stream,
      String(length),
      lag === undefined ? 'unknown' : String(lag),
      String(pending),
      ...(isSharded ? [owners.get(stream) ?? 'nobody'] : []),
    ]),
  )
}

function faultLines({ streamFaults }: DatabaseSignals): readonly string[] {
  if (streamFaults.length === 0) return []
  const lines = streamFaults.map(({ stream, kind, detail, since }) => `  ${stream} ${kind} since ${since}: ${detail}`)
  return ['Entries are lost to this pipeline; mp backfill makes up for what is still to be had:', ...lines, '']
}
