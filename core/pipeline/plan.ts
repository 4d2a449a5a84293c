import type { EnvironmentValue } from './environment-value.ts'
import type { PipelineSpec } from './spec.ts'
import { telemetryVariables } from './telemetry-variables.ts'

/**
 * What has to run for a pipeline. A laptop starts it as local processes, a cluster as Jobs, Deployments and CronJobs; both fill in the
 * values that only they know.
 */
export interface Plan {
  readonly pipeline: string
  /** Only what runs `first` is run: workers that there are drain, and no schedule is kept. */
  readonly suspended: boolean
  /** What runs `first` has ended well before anything else starts. */
  readonly processes: readonly PlannedProcess[]
}

export interface PlannedProcess {
  readonly name: string
  readonly role: 'migrate' | 'worker' | 'aggregation' | 'day-roll'
  readonly runs: Runs
  /** How many of it run side by side, each with its own index from 0. */
  readonly count: number
  /** The folder whose `main.ts` it runs. */
  readonly program: 'cli' | 'worker' | 'aggregator'
  /** `{index}` stands for the process's own index. */
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, EnvironmentValue>>
}

/** A scheduled run is skipped while the one before it is still going. */
export type Runs =
  | { readonly when: 'first' }
  | { readonly when: 'always' }
  | { readonly when: 'scheduled'; readonly schedule: string; readonly timeZone: string }

export function planPipeline(name: string, spec: PipelineSpec): Plan {
  const migrate = spec.database.migrate ? [migrateProcess(name, spec)] : []
  return {
    pipeline: name,
    suspended: spec.suspend,
    processes: [...migrate, workers(name, spec), aggregation(name, spec), dayRoll(name, spec)],
  }
}

/** The name and the arguments of one of a planned process's instances. */
export function instanceOf(
  process: PlannedProcess,
  index: number,
): { readonly name: string; readonly arguments: readonly string[] } {
  return {
    name: process.role === 'worker' || process.count > 1 ? `${process.name}-${index}` : process.name,
    arguments: process.arguments.map((argument) => argument.replaceAll('{index}', String(index))),
  }
}

function migrateProcess(name: string, spec: PipelineSpec): PlannedProcess {
  return {
    name: `${name}-migrate`,
    role: 'migrate',
    runs: { when: 'first' },
    count: 1,
    program: 'cli',
    arguments: ['migrate'],
    environment: databaseEnvironment(spec),
  }
}

function workers(name: string, spec: PipelineSpec): PlannedProcess {
  return {
    name: `${name}-worker`,
    role: 'worker',
    runs: { when: 'always' },
    count: spec.workers.replicas,
    program: 'worker',
    arguments: [],
    environment: {
      ...telemetryVariables(spec.telemetry),
      ...Object.fromEntries((spec.workers.env ?? []).map(({ name, value }) => [name, { value }])),
      ...databaseEnvironment(spec),
      ...(spec.composite === undefined ? {} : { COMPOSITE_FILE: { from: 'composite-file' as const } }),
      REDIS_URL: { from: 'redis-url', ...spec.source.redisStreams.connection },
      CONSUMER_NAME: { from: 'process-name' },
      HTTP_PORT: { from: 'http-port' },
      LOG_LEVEL: { value: spec.telemetry.logLevel },
    },
  }
}

function aggregation(name: string, spec: PipelineSpec): PlannedProcess {
  const { shards, schedule, timeZone } = spec.aggregation
  return {
    name: `${name}-aggregation`,
    role: 'aggregation',
    runs: { when: 'scheduled', schedule, timeZone },
    count: shards,
    program: 'aggregator',
    arguments: ['daily', '--cleanup', ...(shards > 1 ? ['--shard', `{index}/${shards}`] : [])],
    environment: { ...telemetryVariables(spec.telemetry), ...databaseEnvironment(spec) },
  }
}

/** Windows move at midnight in UTC, whatever time zone the daily aggregation keeps to. */
function dayRoll(name: string, spec: PipelineSpec): PlannedProcess {
  return {
    name: `${name}-day-roll`,
    role: 'day-roll',
    runs: { when: 'scheduled', schedule: '0 0 * * *', timeZone: 'Etc/UTC' },
    count: 1,
    program: 'aggregator',
    arguments: ['day-roll'],
    environment: { ...telemetryVariables(spec.telemetry), ...databaseEnvironment(spec) },
  }
}

function databaseEnvironment(spec: PipelineSpec): Readonly<Record<string, EnvironmentValue>> {
  return {
    PIPELINE_FILE: { from: 'pipeline-file' },
    DATABASE_URL: { from: 'database-url', ...spec.database.connection },
  }
}
