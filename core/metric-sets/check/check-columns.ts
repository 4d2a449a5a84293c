import { type WindowDays, windowLabel } from '../../time/window.ts'
import { columnName, ENGINE_FACT_COLUMNS } from '../column-name.ts'
import type { EventDefinition, MetricSetDefinition } from '../definition.ts'
import { ownColumns } from './event-parts.ts'
import type { Report } from './problem.ts'

/** PostgreSQL cuts longer names off, so that two of them could become one. */
const LONGEST_NAME = 63

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

function checkTables({ entity, events }: MetricSetDefinition, report: Report): void {
  const partition = `${columnName(entity)}_metrics_daily_2026_01`
  if (partition.length > LONGEST_NAME)
    report('definition.entity', `"${entity}" makes table names such as ${partition}, ${tooLong(partition)}`)
  const taken = new Map(
    [`${columnName(entity)}_metrics`, `${columnName(entity)}_metrics_daily`].map((table) => [table, 'the metrics']),
  )
  for (const [name, { ignore }] of Object.entries(events)) {
    if (ignore !== undefined) continue
    const table = `fact_${columnName(name)}`
    claim(taken, table, name, `definition.events.${name}`, 'table', report)
  }
}

function checkFactColumns(event: EventDefinition, path: string, report: Report): void {
  const taken = new Map<string, string>(ENGINE_FACT_COLUMNS.map((column) => [column, 'every fact']))
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
