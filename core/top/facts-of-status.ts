import type { AggregationStatus, PipelineStatus } from '../operator/status.ts'
import type { SeenFacts } from './facts-of-signals.ts'
import { donePerSecond, type ReadingMemory, recentFreshness } from './fold-readings.ts'
import type { AggregationFacts, Backlog } from './top-facts.ts'

/** What the status of a pipeline in a cluster says where its exporter cannot be asked: less, and up to half a minute old. */
export function factsOfStatus(status: Partial<PipelineStatus>, read: ReadingMemory): SeenFacts {
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
    aggregation: lastAggregation === undefined ? null : aggregationOf(lastAggregation),
    streams:
      shards?.map(({ stream, owner }) => ({ stream, backlog: null, pending: null, owner: owner ?? null })) ?? null,
    notes: [],
  }
}

function backlogOf({ backlog, oldestEventAge }: Partial<PipelineStatus>): Backlog | null {
  return backlog === undefined ? null : { entries: backlog, is: 'exact', pending: null, oldest: oldestEventAge ?? null }
}

const STATES = { Running: 'running', Succeeded: 'succeeded', Failed: 'failed' } as const

function aggregationOf({ day, state, finishedAt, entities, failures, parity }: AggregationStatus): AggregationFacts {
  return { day, state: STATES[state], finishedAt: finishedAt ?? null, entities, failures, parity: parity ?? null }
}
