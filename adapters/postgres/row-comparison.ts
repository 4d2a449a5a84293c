import { createHash } from 'node:crypto'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { judgePostgresError } from './postgres-error.ts'
import type { PoolClient } from './postgres-pool.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'
import { parityStatement } from './set-sql/row-statements.ts'
import { run, type Statement } from './statement-cache.ts'

/** Rows from the first to the last key, both inclusive. */
interface Keys {
  readonly first: string
  readonly last: string
}

interface Compared {
  readonly compared: number
  readonly mismatched: readonly string[]
}

/** Compares live rows with their recomputation. `sample` is the share of keys looked at, 0 to 1. */
export class RowComparison {
  readonly #statement: Statement
  readonly #percent: number
  readonly #table: string

  constructor(set: MetricSet, sample: number) {
    const text = parityStatement(set)
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
    this.#statement = { name: `parity ${digest}`, text } // a session may meet more than one definition
    this.#percent = sample * 100
    this.#table = identifier(rowTable(set))
  }

  /** Where the database cannot recompute a row at all, that row alone is at fault: the keys are halved until it stands alone. */
  async compare(client: PoolClient, { first, last }: Keys): Promise<Compared> {
    await client.query('savepoint comparison')
    try {
      const { rows } = await run<{ compared: number; entities: string[] }>(client, this.#statement, [
        first,
        last,
        this.#percent,
      ])
      await client.query('release savepoint comparison')
      return { compared: rows[0]?.compared ?? 0, mismatched: rows[0]?.entities ?? [] }
    } catch (error) {
      if (judgePostgresError(error) !== 'data') throw error
      await client.query('rollback to savepoint comparison')
      return first === last ? { compared: 1, mismatched: [first] } : this.#compareHalves(client, { first, last })
    }
  }

  async #compareHalves(client: PoolClient, { first, last }: Keys): Promise<Compared> {
    const { rows } = await client.query<Keys>(
      `select min(entity) as first, max(entity) as last
         from (select entity, ntile(2) over (order by entity) as half from ${this.#table} where entity between $1 and $2) halved
        group by half order by 1`,
      [first, last],
    )
    const halves: Compared[] = []
    for (const half of rows) halves.push(await this.compare(client, half))
    return {
      compared: halves.reduce((sum, { compared }) => sum + compared, 0),
      mismatched: halves.flatMap(({ mismatched }) => mismatched),
    }
  }
}
