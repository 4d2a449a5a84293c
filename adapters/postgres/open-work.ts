import type { Pool } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'
import { resolvableReferencesSql } from './set-sql/resolvable-references.ts'
import { dueRowSql } from './set-sql/row-statements.ts'

/** What is still to be done until every row follows the facts. All of it in one snapshot: work turns from one kind into another. */
export interface OpenWork {
  readonly marks: number
  /** References whose fact has come, but whose entities are not marked yet. */
  readonly references: number
  /** Rows whose next change has come. */
  readonly rows: number
}

export async function countOpenWork(pool: Pool, set: MetricSet): Promise<OpenWork> {
  const { rows } = await pool.query<OpenWork>(openWorkText(set))
  const [work] = rows
  if (work === undefined) throw new Error('counting open work gave no row')
  return work
}

export function isDone({ marks, references, rows }: OpenWork): boolean {
  return marks + references + rows === 0
}

function openWorkText(set: MetricSet): string {
  return `select (select count(*) from mp_mark)::int as marks, ${resolvableReferencesSql(set)}::int as "references",
    (select count(*) from ${identifier(rowTable(set))} where ${dueRowSql(set)})::int as rows`
}
