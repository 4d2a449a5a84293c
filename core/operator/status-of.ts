import { PIPELINE_SCOPE } from '../composite/composite-scopes.ts'
import type { CompositeSignals, PipelineSignals } from '../signals/pipeline-signals.ts'
import { millisBetween } from '../time/millis-between.ts'
import type { DeploymentState } from './deployment-state.ts'
import { identityLabels } from './owner.ts'
import type {
  AggregationStatus,
  AutoscalingStatus,
  Condition,
  PipelineStatus,
  ScopeStatus,
  ShardStatus,
} from './status.ts'

export interface StatusParts {
  readonly pipeline: string
  readonly generation: number
  readonly conditions: readonly Condition[]
  readonly deployment: DeploymentState | undefined
  readonly image: string
  readonly signals: PipelineSignals | undefined
  /** Whether the pipeline wants its score calculated. */
  readonly isScored: boolean
  readonly autoscaling: AutoscalingStatus | undefined
  readonly operatorVersion: string
}

export function statusOf(parts: StatusParts): PipelineStatus {
  const { deployment, signals } = parts
  const { wanted = 0, replicas = 0, ready = 0 } = deployment ?? {}
  const database = signals === undefined || 'unreachable' in signals.database ? undefined : signals.database
  const source = signals === undefined || 'unreachable' in signals.source ? undefined : signals.source
  return {
    observedGeneration: parts.generation,
    conditions: parts.conditions,
    replicas,
    readyReplicas: ready,
    selector: selectorOf(parts.pipeline),
    image: parts.image,
    workers: `${ready}/${wanted}`,
    ...(source === undefined || source.backlog === null ? {} : { backlog: source.backlog }),
    ...(source === undefined || source.oldestEventAgeMs === null
      ? {}
      : { oldestEventAge: ageText(source.oldestEventAgeMs) }),
    ...(database === undefined || database.shards.length === 0 ? {} : { shards: database.shards.map(shardOf) }),
    ...(database === undefined || database.lastAggregation === null
      ? {}
      : { lastAggregation: aggregationOf(database.lastAggregation) }),
    ...(database === undefined || !parts.isScored ? {} : compositeOf(database.composites)),
    ...(parts.autoscaling === undefined ? {} : { autoscaling: parts.autoscaling }),
    operatorVersion: parts.operatorVersion,
  }
}

function selectorOf(pipeline: string): string {
  return Object.entries(identityLabels(pipeline, 'worker'))
    .map(([label, value]) => `${label}=${value}`)
    .join()
}

type Database = Exclude<PipelineSignals['database'], { unreachable: string }>

function shardOf({ stream, owner, position }: Database['shards'][number]): ShardStatus {
  return { stream, ...(owner === null ? {} : { owner }), ...(position === null ? {} : { position }) }
}

function compositeOf(composites: Database['composites']): Pick<PipelineStatus, 'composite'> {
  const whole = composites.find(({ scope }) => scope === PIPELINE_SCOPE)
  if (whole === undefined) return {}
  const groups = composites.filter((each) => each !== whole)
  return {
    composite: {
      ...scoreOf(whole),
      holder: whole.holder,
      ...(groups.length === 0 ? {} : { scopes: groups.map((each) => ({ scope: each.scope, ...scoreOf(each) })) }),
    },
  }
}

function scoreOf({ value, asOf, sampleSize }: CompositeSignals): Omit<ScopeStatus, 'scope'> {
  return { ...(value === null ? {} : { value }), asOf, sampleSize }
}

const STATE = { running: 'Running', interrupted: 'Failed', failed: 'Failed', succeeded: 'Succeeded' } as const

function aggregationOf(run: NonNullable<Database['lastAggregation']>): AggregationStatus {
  const { finishedAt, startedAt, mismatches, compared } = run
  return {
    day: run.day,
    state: STATE[run.state],
    startedAt,
    ...(finishedAt === null ? {} : { finishedAt, duration: ageText(millisBetween(startedAt, finishedAt)) }),
    entities: run.successful,
    failures: run.failed,
    ...(mismatches === null || compared === null ? {} : { parity: { compared, mismatches } }),
  }
}

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** `850ms`, `12s`, `5m`, `3h20m`: as exact as a glance needs. */
export function ageText(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))}ms`
  if (ms < 2 * MINUTE) return `${Math.round(ms / SECOND)}s`
  const minutes = Math.round(ms / MINUTE)
  if (minutes < 120) return `${minutes}m`
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`
}
