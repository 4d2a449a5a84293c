import type { BatchCounts, FactStore } from '../adapters/postgres/fact-store.ts'
import { judgePostgresError, sqlState } from '../adapters/postgres/postgres-error.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import type { StreamEntry } from '../core/stream/entry.ts'
import { partOvertaken } from '../core/stream/judge-commits.ts'
import { backoffMs } from '../core/time/backoff.ts'
import { type PrepareContext, type PreparedBatch, prepareRest, rejectEntry } from './prepare-batch.ts'

export type Commit =
  | {
      readonly kind: 'committed'
      readonly entries: readonly StreamEntry[]
      readonly prepared: PreparedBatch
      readonly counts: BatchCounts
      readonly entities: readonly string[]
    }
  | { readonly kind: 'superseded'; readonly entries: readonly StreamEntry[] }
  /** Their shards have other owners by now, who will commit them. */
  | { readonly kind: 'fenced'; readonly entries: readonly StreamEntry[] }
  /** Asked to stop while the database could not be reached: the entries stay pending. */
  | { readonly kind: 'abandoned'; readonly entries: readonly StreamEntry[] }

export interface BatchCommitterOptions {
  readonly store: FactStore
  readonly context: () => PrepareContext
  /** Told which shards turned out to be somebody else's. */
  readonly onFenced: (shards: readonly number[]) => void
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly random: () => number
}

/**
 * Commits a batch whatever it takes. Trouble with the database is waited out, for as long as it lasts. When the database refuses the data,
 * the batch is halved until the one entry to blame stands alone, which becomes a dead letter; its neighbours are applied.
 */
export class BatchCommitter {
  readonly #options: BatchCommitterOptions

  constructor(options: BatchCommitterOptions) {
    this.#options = options
  }

  async commit(prepared: PreparedBatch, stop: AbortSignal): Promise<readonly Commit[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcome = await this.#options.store.commit(prepared.batch)
        if (outcome.kind === 'fenced') return this.#leaveOut(outcome.shards, prepared, stop)
        return [
          outcome.kind === 'superseded'
            ? { kind: 'superseded', entries: prepared.entries }
            : {
                kind: 'committed',
                entries: prepared.entries,
                prepared,
                counts: outcome.counts,
                entities: outcome.entities,
              },
        ]
      } catch (error) {
        const kind = judgePostgresError(error)
        const isTooLarge = error instanceof RangeError && prepared.entries.length > 1 // no text is that long: commit it in parts
        if (isTooLarge || (kind === 'data' && hasData(prepared))) return this.#isolate(prepared, error, stop)
        this.#options.metrics.commitRetries.inc()
        if (kind !== 'retry')
          this.#options.log.warn(
            { error, attempt, entries: prepared.entries.length },
            'commit failed, entries stay pending',
          )
        if (stop.aborted && kind !== 'retry') return [{ kind: 'abandoned', entries: prepared.entries }]
        await wait(backoffMs(attempt, this.#options.random(), kind === 'retry' ? { firstMs: 5, maxMs: 500 } : {}), stop)
      }
    }
  }

  /** Commits what is left of a batch without the shards that were overtaken. */
  async #leaveOut(shards: readonly number[], prepared: PreparedBatch, stop: AbortSignal): Promise<readonly Commit[]> {
    const { context, onFenced } = this.#options
    onFenced(shards)
    const lost = new Set(
      prepared.batch.shards?.filter(({ shard }) => shards.includes(shard)).map(({ stream }) => stream),
    )
    const { entries, rest } = partOvertaken(prepared.entries, lost)
    const fenced: Commit = { kind: 'fenced', entries }
    if (rest.length === 0) return [fenced]
    return [fenced, ...(await this.commit(prepareRest(rest, context(), prepared), stop))]
  }

  async #isolate(prepared: PreparedBatch, error: unknown, stop: AbortSignal): Promise<readonly Commit[]> {
    const { entries } = prepared
    const context = this.#options.context()
    const [only] = entries
    if (entries.length === 1 && only !== undefined) {
      const details = [`${error instanceof Error ? error.message : String(error)} (SQLSTATE ${sqlState(error)})`]
      return this.commit(rejectEntry(only, { reason: 'refused-by-database', details }, context), stop)
    }
    const middle = Math.ceil(entries.length / 2)
    const first = await this.commit(prepareRest(entries.slice(0, middle), context, prepared), stop)
    if (first.some(({ kind }) => kind === 'superseded' || kind === 'abandoned')) return first
    return [...first, ...(await this.commit(prepareRest(entries.slice(middle), context, prepared), stop))]
  }
}

/** Dead letters and positions alone are the engine's own: whoever refuses these finds no fault with an entry. */
function hasData({ batch }: PreparedBatch): boolean {
  return batch.facts.length + batch.marks.length > 0
}
