import type { Pool, PoolClient } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { formatInstant, type Instant } from '../../core/time/instant.ts'
import { windowStart } from '../../core/time/window.ts'
import { tracesToFollow } from '../../core/tracing/traces-to-follow.ts'
import { beginSpan, type Span } from '../telemetry/span.ts'
import { plainArray, textArray } from './array-literal.ts'
import { loadSql } from './load-sql.ts'
import { type Slice, WHOLE } from './member-store.ts'
import { judgePostgresError } from './postgres-error.ts'
import { inTransaction } from './postgres-pool.ts'
import { REFERENCES_AT_ONCE, resolveReferencesStatement } from './set-sql/fact-statements.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'
import { dueRowSql, evaluateStatement } from './set-sql/row-statements.ts'
import { run, type Statement } from './statement-cache.ts'

export interface Debounce {
  readonly quietMs: number
  readonly maxWaitMs: number
}

export interface Evaluated {
  /** Entities recomputed; 0 when nothing was due. */
  readonly entities: number
  /** For each mark: the earliest publication that it stood for. */
  readonly publishedAt: readonly Instant[]
  /** Milliseconds for which each mark had waited when it was taken. */
  readonly ages: readonly number[]
  /** Entities from whose facts the database could not compute a row; they are as due as before. */
  readonly failed: readonly EvaluationFailure[]
}

export interface EvaluationFailure {
  readonly entity: string
  readonly error: unknown
}

const NOTHING: Evaluated = { entities: 0, publishedAt: [], ages: [], failed: [] }

/** Told when rows begin to be recomputed, and when that is over. To look for some that are due is no work. */
export interface EvaluationObserver {
  begin(): void
  end(entities: number): void
}

const NOBODY: EvaluationObserver = { begin: () => undefined, end: () => undefined }

type Evaluate = (entities: readonly string[]) => Promise<Evaluated>

interface Taken {
  readonly entity: string
  readonly version: string | null
  readonly published_at?: string
  readonly age_ms?: number
  /** The span of a batch that made it dirty by an event that is traced. */
  readonly traceparent?: string | null
}

/** What an evaluation has in hand, for those who are told of its end. */
interface Evaluation {
  readonly startedAt: number
  readonly entities: string[]
  span?: Span
}

const takeMarksOf: Statement = { name: 'take-marks-of', text: loadSql('take-marks-of') }
const takeDueMarks: Statement = { name: 'take-due-marks', text: loadSql('take-due-marks') }
const drawEvaluation: Statement = { name: 'draw-evaluation', text: loadSql('draw-evaluation') }
const countMarks: Statement = { name: 'count-marks', text: loadSql('count-marks') }
const holdRevision: Statement = { name: 'hold-revision', text: loadSql('hold-revision') }

/**
 * A crash of the server may undo the evaluations of its last moments, but each as a whole: their marks are back with the former rows, and
 * they are done again. So nobody waits for the disk.
 */
const NEED_NOT_LAST = 'set local synchronous_commit = off'

/**
 * Recomputes rows from facts. Whatever the cause, one evaluation is one transaction of three READ COMMITTED statements in this order:
 * read entities with their marks' versions; draw a number and an as-of; recompute, store over lower numbers, clear marks at those versions.
 * Any worker may evaluate any entity at any time; doing it twice changes nothing.
 */
export class Evaluator {
  readonly #pool: Pool
  readonly #set: MetricSet
  readonly #revision: number
  readonly #evaluate: Statement
  readonly #takeNextChanges: Statement
  readonly #takeListed: Statement
  readonly #resolve: readonly Statement[]
  readonly #observer: EvaluationObserver

  constructor(pool: Pool, set: MetricSet, revision: number, observer = NOBODY) {
    this.#observer = observer
    this.#pool = pool
    this.#set = set
    this.#revision = revision
    this.#evaluate = { name: 'evaluate', text: evaluateStatement(set).text }
    this.#takeNextChanges = { name: 'take-next-changes', text: takeNextChangesText(set) }
    this.#takeListed = {
      name: 'take-listed',
      text: 'select entity, null as version from unnest($1::text[]) as listed(entity)',
    }
    this.#resolve = set.events
      .filter((type) => type.referenced)
      .map((type) => ({ name: `resolve ${type.name}`, text: resolveReferencesStatement(type) }))
  }

  /** Marked entities that are due, oldest first, at most `limit` and none `except`; of several workers, each has a slice of them. */
  evaluateDue(
    { quietMs, maxWaitMs }: Debounce,
    limit: number,
    { slice, slices }: Slice = WHOLE,
    except: readonly string[] = [],
  ): Promise<Evaluated> {
    return this.#evaluateTaken(takeDueMarks, [quietMs, maxWaitMs, limit, slices, slice, textArray(except)], (some) =>
      this.evaluateMarked(some),
    )
  }

  /** These entities, as far as they have marks, due or not. */
  evaluateMarked(entities: readonly string[]): Promise<Evaluated> {
    return this.#evaluateTaken(takeMarksOf, [textArray(entities)], (some) => this.evaluateMarked(some))
  }

  /** Entities whose row changes without an event and whose instant for that has come. */
  evaluateNextChanges(limit: number, except: readonly string[] = []): Promise<Evaluated> {
    return this.#evaluateTaken(this.#takeNextChanges, [limit, textArray(except)], (some) => this.evaluateEntities(some))
  }

  /** These entities, dirty or not. Marks they have stay. */
  evaluateEntities(entities: readonly string[]): Promise<Evaluated> {
    return this.#evaluateTaken(this.#takeListed, [textArray(entities)], (some) => this.evaluateEntities(some))
  }

  /** Marks the entities behind all references of a slice whose fact has come since; how many references that were. */
  async resolveReferences(stop: AbortSignal, { slice, slices }: Slice = WHOLE): Promise<number> {
    let resolved = 0
    for (const statement of this.#resolve) {
      for (let some = REFERENCES_AT_ONCE; some === REFERENCES_AT_ONCE && !stop.aborted; resolved += some) {
        const { rows } = await this.#pool.query<{ resolved: number }>({ ...statement, values: [slices, slice] })
        some = rows[0]?.resolved ?? 0
      }
    }
    return resolved
  }

  /** What waits for evaluation in the whole pipeline; the oldest's age in seconds, null when nothing waits. */
  async countMarks(): Promise<{ readonly marks: number; readonly oldestSeconds: number | null }> {
    const { rows } = await this.#pool.query<{ marks: number; oldest_seconds: number | null }>(countMarks)
    return { marks: rows[0]?.marks ?? 0, oldestSeconds: rows[0]?.oldest_seconds ?? null }
  }

  /** The pipeline's as-of where it follows the data; undefined while there is none, and where it is the clock. */
  async readAsOf(): Promise<Instant | undefined> {
    if (this.#set.asOf === 'Clock') return undefined
    const { rows } = await this.#pool.query<{ as_of: string | null }>(
      'select (extract(epoch from as_of) * 1000000)::bigint::text as as_of from mp_as_of',
    )
    const asOf = rows[0]?.as_of
    return asOf === null || asOf === undefined ? undefined : Number(asOf)
  }

  /** When the database cannot compute one of the rows, the entities are halved until it stands alone, and the others are stored. */
  async #evaluateTaken(take: Statement, values: unknown[], again: Evaluate): Promise<Evaluated> {
    const evaluation: Evaluation = { startedAt: performance.now(), entities: [] }
    const { entities } = evaluation
    let failure: unknown
    try {
      return await this.#evaluateAndStore(take, values, evaluation)
    } catch (error) {
      failure = error
      const [only] = entities
      if (only === undefined || judgePostgresError(error) !== 'data') throw error
      if (entities.length === 1) return { ...NOTHING, failed: [{ entity: only, error }] }
      const middle = Math.ceil(entities.length / 2)
      return together(await again(entities.slice(0, middle)), await again(entities.slice(middle)))
    } finally {
      evaluation.span?.end(failure)
      if (entities.length > 0) this.#observer.end(entities.length)
    }
  }

  /** Tells whom it takes, and the observer that it takes some. */
  #evaluateAndStore(take: Statement, values: unknown[], under: Evaluation): Promise<Evaluated> {
    const { entities } = under
    return inTransaction(this.#pool, async (client, later) => {
      later(client.query(NEED_NOT_LAST))
      const [{ rows: taken }, held, { evaluation, asOf }] = await Promise.all([
        run<Taken & { [key: string]: unknown }>(client, take, values),
        run(client, holdRevision, [this.#revision]),
        this.#draw(client),
      ])
      if (taken.length === 0) return NOTHING
      if (held.rowCount === 0) return NOTHING // the rows of a newer revision are not ours to write; its workers evaluate these marks

      entities.push(...taken.map((row) => row.entity))
      under.span = spanOf(under, taken)
      this.#observer.begin()
      const evaluated = run(client, this.#evaluate, [
        textArray(entities),
        ...instants(this.#set, asOf),
        plainArray(taken.map((row) => row.version)),
        evaluation,
        this.#revision,
      ])
      later(evaluated)
      return {
        entities: taken.length,
        publishedAt: taken.flatMap((row) => (row.published_at === undefined ? [] : [Number(row.published_at)])),
        ages: taken.flatMap((row) => (row.age_ms === undefined ? [] : [row.age_ms])),
        failed: [],
      }
    })
  }

  async #draw(client: PoolClient): Promise<{ evaluation: string; asOf: Instant }> {
    const { rows } = await run<{ evaluation: string; as_of: string }>(client, drawEvaluation, [
      this.#set.asOf === 'EventTime',
    ])
    const [drawn] = rows
    if (drawn === undefined) throw new Error('drawing an evaluation number gave no row')
    return { evaluation: drawn.evaluation, asOf: Number(drawn.as_of) }
  }
}

/** From when whom it takes was asked for; part of the traces of what made them dirty. */
function spanOf({ startedAt, entities }: Evaluation, taken: readonly Taken[]): Span {
  const follows = tracesToFollow(taken.map(({ traceparent }) => (traceparent ? { traceparent } : undefined))).values()
  const attributes = { 'db.system.name': 'postgresql', 'mp.entities': entities.length }
  return beginSpan('evaluate', { startedAt, follows, attributes })
}

function together(first: Evaluated, second: Evaluated): Evaluated {
  return {
    entities: first.entities + second.entities,
    publishedAt: [...first.publishedAt, ...second.publishedAt],
    ages: [...first.ages, ...second.ages],
    failed: [...first.failed, ...second.failed],
  }
}

/** As-of and the start of each window, as the statements of a set expect them after their scope. */
export function instants(set: MetricSet, asOf: Instant): string[] {
  return [asOf, ...set.windows.map((days) => windowStart(asOf, days, set.alignment))].map(formatInstant)
}

/** $1 how many at most, the longest overdue first; $2 text[] entities to leave alone. */
function takeNextChangesText(set: MetricSet): string {
  const order = set.asOf === 'EventTime' ? 'as_of' : 'next_change_at'
  return `select entity, null as version from ${identifier(rowTable(set))} where ${dueRowSql(set)} and entity <> all($2::text[]) order by ${order} limit $1 for update skip locked`
}
