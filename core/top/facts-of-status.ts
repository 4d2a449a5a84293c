import { PIPELINE_SCOPE } from '../composite/composite-scopes.ts'
import type { AggregationStatus, CompositeStatus, PipelineStatus } from '../operator/status.ts'
import { millisBetween } from '../time/millis-between.ts'
import type { SeenFacts } from './facts-of-signals.ts'
import { donePerSecond, type ReadingMemory, recentFreshness } from './fold-readings.ts'
import type { AggregationFacts, Backlog, TopFacts } from './top-facts.ts'

/** What the status of a pipeline in a cluster says where its exporter cannot be asked: less, and up to half a minute old. */
export function factsOfStatus(status: Partial<PipelineStatus>, read: ReadingMemory, now: string): SeenFacts {
  const { autoscaling, shards, lastAggregation } = status
  return {
    eventsPerSecond: donePerSecond(read) ?? null,
    arrivalsPerSecond: autoscaling?.arrivalsPerSecond ?? null,
    backlog: backlogOf(status),
    freshness: recentFreshness(read) ?? null,
    work: null,
    entities: null,
    deadLetters: null,
    members: [...read.perSecond].map(([name, eventsPerSecond]) => ({ name, eventsPerSecond, shards: null })),
    composite: compositesOf(status.composite, now),
    aggregation: lastAggregation === undefined ? null : aggregationOf(lastAggregation),
    streams:
      shards?.map(({ stream, owner }) => ({ stream, backlog: null, pending: null, owner: owner ?? null })) ?? null,
    notes: [],
  }
}

function compositesOf(composite: CompositeStatus | undefined, now: string): TopFacts['composite'] {
  if (composite === undefined) return null
  return [{ ...composite, scope: PIPELINE_SCOPE }, ...(composite.scopes ?? [])].map(({ scope, value, asOf }) => ({
    scope,
    value: value ?? null,
    ageMs: millisBetween(asOf, now),
  }))
}

function backlogOf({ backlog, oldestEventAge }: Partial<PipelineStatus>): Backlog | null {
  return backlog === undefined ? null : { entries: backlog, is: 'exact', pending: null, oldest: oldestEventAge ?? null }
}

const STATES = { Running: 'running', Succeeded: 'succeeded', Failed: 'failed' } as const

function aggregationOf({ day, state, finishedAt, entities, failures, parity }: AggregationStatus): AggregationFacts {
  return { day, state: STATES[state], finishedAt: finishedAt ?? null, entities, failures, parity: parity ?? null }
}
