import { createHash } from 'node:crypto'
import type { Pool, QueryResult, QueryResultRow } from 'pg'

/** A statement that each connection prepares once, under a name of its own. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** Named by its text as well, for sessions that meet more than one definition. */
export function statementOf(kind: string, text: string): Statement {
  return { name: `${kind} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text }
}

export function run<Row extends QueryResultRow>(
  client: Pick<Pool, 'query'>,
  { name, text }: Statement,
  values: unknown[],
): Promise<QueryResult<Row>> {
  return client.query<Row>({ name, text, values })
}
