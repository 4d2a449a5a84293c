import { Evaluator } from '../../adapters/postgres/evaluator.ts'
import { type BatchCounts, FactStore } from '../../adapters/postgres/fact-store.ts'
import { checkParity } from '../../adapters/postgres/parity-check.ts'
import type { ParityReport } from '../../adapters/postgres/parity-report.ts'
import { createPostgresPool, type Pool } from '../../adapters/postgres/postgres-pool.ts'
import { dailyTable, factTable, identifier, rowTable } from '../../adapters/postgres/set-sql/identifiers.ts'
import { migratePipeline } from '../../cli/migrate-pipeline.ts'
import type { Fact } from '../../core/events/parse-event.ts'
import type { LoadedPipeline } from '../../core/pipeline/resolve-pipeline.ts'
import { freshDatabase } from './servers.ts'

/** Everything that is due at once. */
const AT_ONCE = { quietMs: 0, maxWaitMs: 0 }

const MANY = 1_000

const NEVER = new AbortController().signal

/** The revision that a schema's first migration makes. */
const REVISION = 1

/** A migrated pipeline without streams: facts are committed to it and rows evaluated by hand, with the worker's own means. */
export class PipelineDatabase implements AsyncDisposable {
  readonly pipeline: LoadedPipeline
  readonly url: string
  readonly pool: Pool
  readonly evaluator: Evaluator
  readonly #store: FactStore
  readonly #drop: () => Promise<void>

  private constructor(pipeline: LoadedPipeline, url: string, drop: () => Promise<void>) {
    this.pipeline = pipeline
    this.url = url
    this.pool = createPostgresPool({
      url,
      schema: 'public',
      applicationName: 'test',
      maxConnections: 3,
      onError: () => undefined,
    })
    this.#store = this.storeOn(this.pool)
    this.evaluator = this.evaluatorOn(this.pool)
    this.#drop = drop
  }

  static async open(pipeline: LoadedPipeline): Promise<PipelineDatabase> {
    const { url, drop } = await freshDatabase()
    await migratePipeline(pipeline, url)
    return new PipelineDatabase(pipeline, url, drop)
  }

  storeOn(pool: Pool): FactStore {
    return new FactStore(pool, this.pipeline.metricSet, REVISION)
  }

  evaluatorOn(pool: Pool): Evaluator {
    return new Evaluator(pool, this.pipeline.metricSet, REVISION)
  }

  /** One batch. */
  async commit(facts: readonly Fact[], store = this.#store): Promise<BatchCounts> {
    const outcome = await store.commit({ consumer: 'test', facts, marks: [], deadLetters: [], positions: [] })
    if (outcome.kind !== 'applied') throw new Error('another revision is in force')
    return outcome.counts
  }

  /** What workers do between batches: references that can be resolved become marks, marks become rows, until there are none. */
  async catchUp(evaluator = this.evaluator): Promise<void> {
    for (;;) {
      const resolved = await evaluator.resolveReferences(NEVER)
      const { entities } = await evaluator.evaluateDue(AT_ONCE, MANY)
      if (resolved === 0 && entities === 0) return
    }
  }

  /** Who is marked, in order. */
  async marked(): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ entity: string }>('select entity from mp_mark order by entity')
    return rows.map(({ entity }) => entity)
  }

  parity(): Promise<ParityReport> {
    return checkParity(this.pool, this.pipeline.metricSet, 1)
  }

  /** Removes all facts, rows, marks and references, as if nothing had happened yet. */
  async empty(): Promise<void> {
    const { metricSet } = this.pipeline
    const facts = metricSet.events.filter((type) => type.ignore === undefined && type.table === undefined)
    const tables = [
      ...facts.map(factTable),
      rowTable(metricSet),
      dailyTable(metricSet),
      'mp_mark',
      'mp_unresolved_reference',
    ]
    const deletes = tables.map((table) => `delete from ${identifier(table)};`) // quicker than truncate where there is little
    await this.pool.query(`${deletes.join(' ')} update mp_as_of set as_of = null`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end()
    await this.#drop()
  }
}
