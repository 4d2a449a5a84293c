import type { Ceilings, FleetState, ScalingInput } from '../../../../core/autoscaling/scaling-input.ts'
import { EMPTY_MEMORY, type ScalingMemory } from '../../../../core/autoscaling/scaling-memory.ts'
import type { ScalingSettings } from '../../../../core/pipeline/scaling-settings.ts'
import { EMPTY_DATABASE } from '../../../../core/signals/empty-database.ts'
import type {
  DatabaseSignals,
  LoadSignals,
  Observed,
  PipelineSignals,
  SourceSignals,
  StreamSignals,
} from '../../../../core/signals/pipeline-signals.ts'

/** What differs from two ready workers, each good for 1,000 entries a second, to whom 1,000 a second come in: all is well. */
export interface Change {
  readonly settings?: Partial<ScalingSettings>
  readonly ceilings?: Partial<Ceilings>
  readonly source?: Partial<Observed<SourceSignals>> | { readonly unreachable: string }
  readonly database?: Partial<Observed<DatabaseSignals>> | { readonly unreachable: string }
  readonly load?: Partial<LoadSignals>
  readonly fleet?: Partial<FleetState>
  readonly memory?: Partial<ScalingMemory>
  readonly signals?: undefined
  readonly trouble?: string
  readonly nowMs?: number
}

export const NOW = 1_000_000

export const SETTINGS: ScalingSettings = {
  mode: 'Internal',
  minReplicas: 0,
  maxReplicas: 8,
  targetLatencyMs: 30_000,
  idleAfterMs: 300_000,
}

export function asked(change: Change = {}): ScalingInput {
  const nowMs = change.nowMs ?? NOW
  return {
    settings: { ...SETTINGS, ...change.settings },
    ceilings: { shards: undefined, connections: 20, ...change.ceilings },
    signals: 'signals' in change ? undefined : signalsOf(change, nowMs),
    trouble: change.trouble,
    fleet: {
      replicas: 2,
      ready: 2,
      isRollingOut: false,
      isSuspended: false,
      failing: undefined,
      scaledBy: undefined,
      ...change.fleet,
    },
    memory: { ...EMPTY_MEMORY, ...change.memory },
    nowMs,
  }
}

function signalsOf({ source, database, load }: Change, nowMs: number): PipelineSignals {
  const observedAt = at(nowMs)
  return {
    observedAt,
    source: source !== undefined && 'unreachable' in source ? source : { observedAt, ...quietSource(), ...source },
    database:
      database !== undefined && 'unreachable' in database ? database : { observedAt, ...quietDatabase(), ...database },
    load: { arrivalsPerSecond: 1_000, completionsPerSecond: 1_000, capacityPerWorker: 1_000, ...load },
  }
}

/** As looks tell when they began. */
export function at(ms: number): string {
  return new Date(ms).toISOString()
}

function quietSource(): SourceSignals {
  return {
    backlog: 10,
    backlogIs: 'exact',
    pending: 10,
    oldestEventAgeMs: 20,
    isDrained: false,
    streams: [streamOf('orders', 10)],
  }
}

export function streamOf(stream: string, backlog: number): StreamSignals {
  return { stream, backlog, backlogIs: 'exact', pending: 0, length: 100, entriesAdded: 100, state: 'ok' }
}

/** All workers together. */
export function membersDone(entriesDone: number | null): DatabaseSignals['members'] {
  return [{ name: 'all', lastBeatAgeMs: 0, startedAt: '2026-01-01T00:00:00Z', busyMs: 0, entriesDone }]
}

/** Nothing waits and nothing comes. */
export const DRAINED = {
  source: { backlog: 0, pending: 0, oldestEventAgeMs: null, isDrained: true, streams: [streamOf('orders', 0)] },
  load: { arrivalsPerSecond: 0, completionsPerSecond: 0 },
} satisfies Change

function quietDatabase(): DatabaseSignals {
  return {
    ...EMPTY_DATABASE,
    migrated: true,
    revision: 1,
    entities: 100,
    overdueNextChanges: 0,
  }
}
