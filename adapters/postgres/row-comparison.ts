import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { textArray } from './array-literal.ts'
import { judgePostgresError } from './postgres-error.ts'
import type { PoolClient } from './postgres-pool.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'
import { parityStatement } from './set-sql/row-statements.ts'
import { run, type Statement, statementOf } from './statement-cache.ts'

/** Rows from the first to the last key, both inclusive. */
interface Keys {
  readonly first: string
  readonly last: string
}

export interface Compared {
  readonly compared: number
  readonly mismatched: readonly string[]
}

const NOTHING_COMPARED: Compared = { compared: 0, mismatched: [] }

/** Compares live rows with their recomputation. `sample` is the share of keys looked at, 0 to 1. */
export class RowComparison {
  readonly #ofRange: Statement
  readonly #ofList: Statement
  readonly #perTenThousand: number
  readonly #table: string

  constructor(set: MetricSet, sample: number) {
    this.#ofRange = statementOf('parity', parityStatement(set, 'range'))
    this.#ofList = statementOf('parity', parityStatement(set, 'entities'))
    this.#perTenThousand = perTenThousand(sample)
    this.#table = identifier(rowTable(set))
  }

  /** Where the database cannot recompute a row at all, that row alone is at fault: the keys are halved until it stands alone. */
  async compare(client: PoolClient, { first, last }: Keys): Promise<Compared> {
    const compared = await attempt(client, this.#ofRange, [first, last, this.#perTenThousand])
    if (compared !== undefined) return compared
    return first === last ? { compared: 1, mismatched: [first] } : this.#compareHalves(client, { first, last })
  }

  /** The same for rows that are listed. */
  async compareListed(client: PoolClient, entities: readonly string[]): Promise<Compared> {
    if (entities.length === 0) return NOTHING_COMPARED
    const compared = await attempt(client, this.#ofList, [textArray(entities), this.#perTenThousand])
    if (compared !== undefined) return compared
    if (entities.length === 1) return { compared: 1, mismatched: entities }
    const middle = Math.ceil(entities.length / 2)
    return together([
      await this.compareListed(client, entities.slice(0, middle)),
      await this.compareListed(client, entities.slice(middle)),
    ])
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
    return together(halves)
  }
}

/** How many of 10,000 keys a share of them is: none only where the share is. */
export function perTenThousand(share: number): number {
  return Math.ceil(Number((share * 10_000).toFixed(6))) // without the digits that a binary fraction adds
}

/** Nothing when the data did not let the database compute; the transaction goes on all the same. */
async function attempt(client: PoolClient, statement: Statement, values: unknown[]): Promise<Compared | undefined> {
  await client.query('savepoint comparison')
  try {
    const { rows } = await run<{ compared: number; mismatched: string[] }>(client, statement, values)
    await client.query('release savepoint comparison')
    return rows[0] ?? NOTHING_COMPARED
  } catch (error) {
    if (judgePostgresError(error) !== 'data') throw error
    await client.query('rollback to savepoint comparison')
    return undefined
  }
}

function together(parts: readonly Compared[]): Compared {
  return {
    compared: parts.reduce((sum, { compared }) => sum + compared, 0),
    mismatched: parts.flatMap(({ mismatched }) => mismatched),
  }
}
