import type { StreamEntry } from './entry.ts'

/** What became of a part of a batch. */
export interface CommitOfEntries {
  readonly kind: 'committed' | 'fenced' | 'superseded' | 'abandoned'
  readonly entries: readonly StreamEntry[]
}

export interface Settlement {
  /** Only what was committed. All else stays pending: for its shard's new owner, for a worker of the newer revision, for another try. */
  readonly acknowledge: readonly StreamEntry[]
  /** What this worker gave up for reasons that are none of the entries' doing: this delivery must not count against them. */
  readonly forgive: readonly StreamEntry[]
}

/** What to do about a batch's entries once its commits are through. */
export function judgeCommits(batch: readonly StreamEntry[], commits: readonly CommitOfEntries[]): Settlement {
  const acknowledge = commits.flatMap(({ kind, entries }) => (kind === 'committed' ? entries : []))
  const isAbandoned = commits.some(({ kind }) => kind === 'abandoned')
  return { acknowledge, forgive: isAbandoned ? batch.filter((entry) => !acknowledge.includes(entry)) : [] }
}

/** Entries of streams that were overtaken, and the rest. */
export function partOvertaken(
  entries: readonly StreamEntry[],
  overtaken: ReadonlySet<string>,
): { readonly entries: readonly StreamEntry[]; readonly rest: readonly StreamEntry[] } {
  return {
    entries: entries.filter(({ stream }) => overtaken.has(stream)),
    rest: entries.filter(({ stream }) => !overtaken.has(stream)),
  }
}
