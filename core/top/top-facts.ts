import type { BacklogIs } from '../signals/pipeline-signals.ts'

/** What is known of a pipeline at one moment, wherever it runs. Null is unknown, never zero. */
export interface TopFacts {
  readonly pipeline: string
  /** Where it runs: `mp up in this folder`, `namespace metrics`. */
  readonly place: string
  /** When it was looked, ISO text. */
  readonly at: string
  /** Entries that the workers are done with, now. */
  readonly eventsPerSecond: number | null
  /** Entries that producers add, smoothed. */
  readonly arrivalsPerSecond: number | null
  readonly backlog: Backlog | null
  readonly freshness: Freshness | null
  readonly work: OpenWork | null
  /** Entities that have a row with facts. */
  readonly entities: number | null
  /** Those not replayed yet, by reason. */
  readonly deadLetters: Readonly<Record<string, number>> | null
  readonly workers: WorkersFacts
  readonly scaling: ScalingFacts | null
  /** None where the pipeline declares none. */
  readonly composite: readonly CompositeFacts[] | null
  readonly aggregation: AggregationFacts | 'never' | null
  readonly streams: readonly StreamFacts[] | null
  /** Why something is unknown, and what else one should know, each in one line. */
  readonly notes: readonly string[]
}

export interface Backlog {
  /** Not acknowledged: undelivered and pending ones. */
  readonly entries: number
  readonly is: BacklogIs
  readonly pending: number | null
  /** `14 s`; null when there is none, or while it is unknown. */
  readonly oldest: string | null
}

/** From publishing an event to its row. */
export interface Freshness {
  /** Null when no event came to its row in that time. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** For how long was looked back. */
  readonly overMs: number
}

export interface OpenWork {
  /** Entities that wait for evaluation. */
  readonly marks: number
  readonly oldestMarkAgeMs: number | null
  /** References to facts that have not come. */
  readonly unresolvedReferences: number
}

export interface WorkersFacts {
  readonly ready: number | null
  /** How many there are to be. */
  readonly wanted: number | null
  readonly members: readonly MemberFacts[]
}

export interface MemberFacts {
  readonly name: string
  readonly eventsPerSecond: number | null
  /** Shards that it owns; null where the source has none. */
  readonly shards: number | null
}

/** Why there are as many workers as there are. */
export interface ScalingFacts {
  readonly mode: string
  readonly reason: string
  readonly message: string
}

export interface CompositeFacts {
  readonly scope: string
  /** Null without data. */
  readonly value: string | null
  readonly ageMs: number | null
}

export interface AggregationFacts {
  readonly day: string
  readonly state: 'running' | 'interrupted' | 'failed' | 'succeeded'
  readonly finishedAt: string | null
  readonly entities: number
  readonly failures: number
  /** Null while nothing was compared. */
  readonly parity: { readonly compared: number; readonly mismatches: number } | null
}

export interface StreamFacts {
  readonly stream: string
  readonly backlog: number | null
  readonly pending: number | null
  /** Of a shard: null where nobody reads it. Undefined where the source has no shards. */
  readonly owner?: string | null
}
