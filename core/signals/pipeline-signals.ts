/** What the exporter of a namespace saw of each pipeline when it last looked, by the pipeline's name. */
export interface NamespaceSignals {
  readonly pipelines: Readonly<Record<string, PipelineSignals>>
}

/** Unknown is never zero: what could not be seen says why, and a number that nobody can know is null. */
export interface PipelineSignals {
  /** Of the older of the two looks. */
  readonly observedAt: string
  readonly source: Observed<SourceSignals> | Unreachable
  readonly database: Observed<DatabaseSignals> | Unreachable
  readonly load: LoadSignals
}

/** When a look began: ISO text, by a clock of the observer's that never steps while it lives. Looks at one thing follow each other. */
export type Observed<Seen> = Seen & { readonly observedAt: string }

/** What others than the operator scale by. */
export interface SignalsWithDemand extends PipelineSignals {
  /** Workers, as a fraction, that it takes to do what is seen; null when unknown. */
  readonly demand: number | null
}

export interface Unreachable {
  /** Why, without secrets. */
  readonly unreachable: string
}

/**
 * How well a backlog is known. `exact`: counted. `at-least`: more than are counted, so it is never below 1,000. `estimated`: only the server's
 * own word, which may be wrong in either direction.
 */
export type BacklogIs = 'exact' | 'at-least' | 'estimated'

export interface SourceSignals {
  /** Entries not delivered yet plus pending ones, in all streams; null when that of some stream is unknown. */
  readonly backlog: number | null
  /** The weakest of the streams'. */
  readonly backlogIs: BacklogIs
  /** Delivered and not acknowledged. */
  readonly pending: number
  /** Of the oldest entry that is not acknowledged, by the server's clock; null when there is none, or when it is unknown. */
  readonly oldestEventAgeMs: number | null
  /** Whether no stream holds an entry that was not delivered, and nothing is pending: by the entries' ids, which cannot lie. Null when unknown. */
  readonly isDrained: boolean | null
  readonly streams: readonly StreamSignals[]
}

export interface StreamSignals {
  readonly stream: string
  readonly backlog: number | null
  readonly backlogIs: BacklogIs
  readonly pending: number
  /** Entries that it holds. */
  readonly length: number
  /** Entries that it ever took: never less than before, unless it is another stream by now. Null where the server does not count them. */
  readonly entriesAdded: number | null
  readonly state: 'ok' | 'missing' | 'no-group'
}

/** All of it in one snapshot, ages by the database's clock. */
export interface DatabaseSignals {
  /** Whether the engine's tables are there, and claimed by a pipeline. While they are not, all else is empty. */
  readonly migrated: boolean
  /** The revision in force. */
  readonly revision: number | null
  /** A newer one that was migrated: the first worker that starts puts it in force and marks every entity. Null when there is none. */
  readonly awaitedRevision: number | null
  /** That have a row with facts; null where nobody counted them. */
  readonly entities: number | null
  readonly marks: number
  readonly oldestMarkAgeMs: number | null
  readonly unresolvedReferences: number
  /** Of these, references to facts that have come by now: a mark each, though not written yet. All of them where facts may not be read, or where there are more than 10,000. */
  readonly resolvableReferences: number
  /** Those not replayed yet, by reason. */
  readonly deadLetters: Readonly<Record<string, number>>
  /** "Now" of a pipeline whose as-of follows its data. */
  readonly asOf: string | null
  readonly members: readonly MemberSignals[]
  /** Of a sharded source, in order: who reads each, null where nobody does; the entry up to which it is committed, null before the first. */
  readonly shards: readonly {
    readonly stream: string
    readonly owner: string | null
    readonly position: string | null
  }[]
  /** What is wrong with streams, until a backfill. */
  readonly streamFaults: readonly {
    readonly stream: string
    readonly kind: string
    readonly detail: string
    readonly since: string
  }[]
  /** Rows whose next change has been due for longer than the day roll may take: at once where windows slide. Null while there are no rows. */
  readonly overdueNextChanges: number | null
  readonly lastAggregation: AggregationSignals | null
  /** The scores that stand, that of the whole pipeline first. One that was never calculated is missing. */
  readonly composites: readonly CompositeSignals[]
}

export interface MemberSignals {
  readonly name: string
  readonly lastBeatAgeMs: number
  /** Since when the two below count. Another instant than before means that they began anew: it is another process, or its database was away. */
  readonly startedAt: string
  /** How long it has had a batch or an evaluation in hand since then; null from a worker that does not say. */
  readonly busyMs: number | null
  /** Entries that it has acknowledged since then; null from a worker that does not say. */
  readonly entriesDone: number | null
}

/** Smoothed over several looks. Null while it is not known: after the first look, or after a counter began anew. */
export interface LoadSignals {
  /** Entries that producers add. It rises within seconds and falls within half a minute. */
  readonly arrivalsPerSecond: number | null
  /** Entries that all workers together commit. */
  readonly completionsPerSecond: number | null
  /** Entries that one worker commits in a second of its busy time. Stays known while nobody works. */
  readonly capacityPerWorker: number | null
}

export interface CompositeSignals {
  readonly scope: string
  /** Decimal text; null where there was no data. */
  readonly value: string | null
  readonly sampleSize: number
  readonly asOf: string
  readonly ageMs: number
  /** The worker that calculated it. */
  readonly holder: string
}

/** Of the last day that was begun: all its shards together, each by its newest run. */
export interface AggregationSignals {
  readonly day: string
  /** The first of these that a shard is in. A shard that has not begun yet counts as running; an interrupted one is taken up again. */
  readonly state: 'running' | 'interrupted' | 'failed' | 'succeeded'
  readonly startedAt: string
  /** Null until all shards have finished. */
  readonly finishedAt: string | null
  readonly successful: number
  readonly failed: number
  /** Rows at fault: unlike their recomputation, missing, or overdue. Null while no shard has compared anything. */
  readonly mismatches: number | null
  readonly compared: number | null
}
