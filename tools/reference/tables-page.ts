import { globSync, readFileSync } from 'node:fs'
import { code, table } from './markdown.ts'
import { fillMarkers, type Page } from './page.ts'

/** The engine's own tables by their definitions, between words about the set's tables. */
export const tablesPage: Page = {
  name: 'tables.md',
  write: (current) => fillMarkers(current, new Map([['engine tables', engineTables()]])),
}

/** `create table` with the comment before it. */
const CREATED = /((?:^--[^\n]*\n)+)create table (\w+) \(\n(.*?)^\)/gms

/** What a later migration added. */
const ALTERED = /^alter table (\w+) ([^;]*)/gm

function engineTables(): string {
  const migrations = globSync('adapters/postgres/migrations/*.sql')
    .sort()
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const added = Map.groupBy(migrations.matchAll(ALTERED), ([, name]) => name)
  const rows = [...migrations.matchAll(CREATED)].map(([, comment = '', name = '', body = '']) => [
    code(name),
    comment.replaceAll(/^-- ?/gm, '').replaceAll('\n', ' ').trim(),
    [...columnsOf(body), ...(added.get(name) ?? []).flatMap(([, , change = '']) => addedColumns(change))]
      .map(code)
      .join(', '),
  ])
  return table(['Table', 'What it holds', 'Columns'], rows)
}

function columnsOf(body: string): readonly string[] {
  return [...body.matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name).filter((name) => !CLAUSES.has(name))
}

function addedColumns(change: string): readonly string[] {
  return [...change.matchAll(/\badd column (\w+) /g)].map(([, name = '']) => name)
}

/** Lines of a definition that begin no column. */
const CLAUSES = new Set(['primary', 'unique'])
