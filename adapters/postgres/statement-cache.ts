import type { PoolClient, QueryResult, QueryResultRow } from 'pg'

/** A statement that each connection prepares once, under a name of its own. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export function run<Row extends QueryResultRow>(
  client: PoolClient,
  { name, text }: Statement,
  values: unknown[],
): Promise<QueryResult<Row>> {
  return client.query<Row>({ name, text, values })
}
