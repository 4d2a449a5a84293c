import { isNothingLeft } from '../signals/is-nothing-left.ts'
import type { BacklogIs, PipelineSignals } from '../signals/pipeline-signals.ts'

/** What waits and what comes in, as far as it is known for certain. */
export interface Workload {
  /** When the source and the database were looked at, by the clock of whoever looked. */
  readonly sourceAt: string
  readonly databaseAt: string
  readonly backlog: number
  readonly backlogIs: BacklogIs
  readonly pending: number
  readonly oldestEventAgeMs: number | null
  /** By the entries' ids, which cannot lie; null where they could not be read. */
  readonly isDrained: boolean | null
  /** Certainly. */
  readonly isNothingLeft: boolean
  readonly arrivalsPerSecond: number | null
  readonly completionsPerSecond: number | null
  readonly capacityPerWorker: number | null
  readonly entriesAdded: number | null
  readonly streams: readonly { readonly stream: string; readonly backlog: number }[]
  readonly marks: number
  readonly resolvableReferences: number
  readonly overdueNextChanges: number
  /** A newer definition than the one in force, which the first worker that starts puts in force. */
  readonly isDefinitionAwaited: boolean
  /** By all members together, each since it started; null where one does not say, or none is there. */
  readonly entriesDone: number | null
}

export interface Unseen {
  /** Why it is not known what there is to do. */
  readonly unseen: string
  /** That something is to be done may be certain all the same. */
  readonly isWorkWaiting: boolean
}

export function lookAt(signals: PipelineSignals | undefined, trouble: string | undefined): Workload | Unseen {
  if (signals === undefined) return unseen(trouble ?? 'the exporter has not looked yet')
  const { source, database, load } = signals
  if ('unreachable' in source) return unseen(`the source does not answer (${source.unreachable})`)
  if ('unreachable' in database) return unseen(`the database does not answer (${database.unreachable})`)
  if (!database.migrated) return unseen('the database is not migrated yet')
  if (source.backlog === null) return unseen('the server does not say how much waits', source.isDrained === false)
  return {
    ...load,
    sourceAt: source.observedAt,
    databaseAt: database.observedAt,
    backlog: source.backlog,
    backlogIs: source.backlogIs,
    pending: source.pending,
    oldestEventAgeMs: source.oldestEventAgeMs,
    isDrained: source.isDrained,
    isNothingLeft: isNothingLeft(source, database),
    entriesAdded: sumOf(source.streams.map(({ entriesAdded }) => entriesAdded)),
    streams: source.streams.map(({ stream, backlog }) => ({ stream, backlog: backlog ?? 0 })),
    marks: database.marks,
    resolvableReferences: database.resolvableReferences,
    isDefinitionAwaited: database.awaitedRevision !== null,
    overdueNextChanges: database.overdueNextChanges ?? 0, // there are no rows that could be
    entriesDone: database.members.length === 0 ? null : sumOf(database.members.map(({ entriesDone }) => entriesDone)),
  }
}

function unseen(why: string, isWorkWaiting = false): Unseen {
  return { unseen: why, isWorkWaiting }
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}
