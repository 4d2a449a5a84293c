import { type WindowDays, windowLabel } from '../../time/window.ts'
import { columnName, ENGINE_FACT_COLUMNS } from '../column-name.ts'
import type { EventDefinition, MetricSetDefinition } from '../definition.ts'
import { ownColumns } from './event-parts.ts'
import type { Report } from './problem.ts'

/** PostgreSQL cuts longer names off, so that two of them could become one. */
const LONGEST_NAME = 63

/** Columns that PostgreSQL itself gives every table. */
const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']

/** Columns of every row table, and words that the window query gives columns of its own. */
const TAKEN_BY_ENGINE = [
  'entity',
  'evaluation',
  'as_of',
  'next_change_at',
  'revision',
  'facts',
  'evaluated_at',
  'flags',
  'tier',
  'green',
  'red',
]

/** Checks that everything a definition names gets a table or column of its own. */
export function checkColumns(definition: MetricSetDefinition, windows: readonly WindowDays[], report: Report): void {
  checkTables(definition, report)
  for (const [name, event] of Object.entries(definition.events)) {
    if (event.ignore === undefined) checkFactColumns(event, `definition.events.${name}.fields`, report)
  }
  checkRowColumns(definition, windowLabel(Math.max(1, ...windows)), report)
}

/** Tables and indexes share their names in a schema, and one that seems to exist already would never be made. */
function checkTables({ entity, events }: MetricSetDefinition, report: Report): void {
  const rows = `${columnName(entity)}_metrics`
  const longest = `${rows}_daily_entity_day`
  if (longest.length > LONGEST_NAME)
    report('definition.entity', `"${entity}" makes names such as ${longest}, ${tooLong(longest)}`)
  const ofRows = [rows, `${rows}_next_change`, `${rows}_as_of`, `${rows}_daily`, longest]
  const taken = new Map(ofRows.map((name) => [name, 'the metrics']))
  for (const [name, event] of Object.entries(events)) {
    if (event.ignore !== undefined) continue
    const path = `definition.events.${name}`
    const table = `fact_${columnName(name)}`
    claim(taken, table, name, path, 'table', report)
    claim(taken, `${table}_${event.references === undefined ? 'entity' : 'reference'}`, name, path, 'index', report)
  }
}

function checkFactColumns(event: EventDefinition, path: string, report: Report): void {
  const taken = new Map([...ENGINE_FACT_COLUMNS, ...SYSTEM_COLUMNS].map((column) => [column, 'every fact']))
  for (const [column, field] of ownColumns(event)) claim(taken, column, field, `${path}.${field}`, 'column', report)
}

function checkRowColumns({ accumulators, metrics }: MetricSetDefinition, longestWindow: string, report: Report): void {
  const taken = new Map(TAKEN_BY_ENGINE.map((column) => [column, 'every row']))
  const named = [
    ...Object.keys(accumulators).map((name) => [name, `acc_${columnName(name)}`, 'accumulators'] as const),
    ...Object.keys(metrics).map((name) => [name, columnName(name), 'metrics'] as const),
  ]
  for (const [name, column, section] of named) {
    const path = `definition.${section}.${name}`
    claim(taken, column, name, path, 'column', report)
    const inWindow = `${column}_${longestWindow}`
    if (column.length <= LONGEST_NAME && inWindow.length > LONGEST_NAME)
      report(path, `makes the column ${inWindow}, ${tooLong(inWindow)}`)
  }
}

function claim(
  taken: Map<string, string>,
  sqlName: string,
  name: string,
  path: string,
  kind: string,
  report: Report,
): void {
  const other = taken.get(sqlName)
  if (other !== undefined)
    report(
      path,
      `makes the ${kind} ${sqlName}, which ${other.includes(' ') ? other : `"${other}"`} has already; choose another name`,
    )
  if (sqlName.length > LONGEST_NAME) report(path, `makes the ${kind} ${sqlName}, ${tooLong(sqlName)}`)
  taken.set(sqlName, name)
}

function tooLong(sqlName: string): string {
  return `which has ${sqlName.length} characters where PostgreSQL keeps ${LONGEST_NAME}; choose a shorter name`
}
