import type { Client } from 'pg'

type Cells = readonly (readonly string[])[]

/** What a query answers, header first, as text. */
export async function queryCells(client: Client, query: string): Promise<Cells> {
  const { fields, rows } = await client.query({ text: query, rowMode: 'array', types: { getTypeParser: () => String } })
  return [fields.map((field) => field.name), ...rows.map((row) => row.map((value: unknown) => String(value ?? '')))]
}

/** The cells of a table that a page shows as psql prints it. */
export function cellsOf(table: string): Cells {
  const [header = '', , ...rows] = table.trimEnd().split('\n')
  return [header, ...rows.filter((row) => !/^\(\d+ rows?\)$/.test(row))].map((row) =>
    row.split('|').map((cell) => cell.trim()),
  )
}
