import type { EventType, MetricSet, SetField } from '../../../core/metric-sets/metric-set.ts'
import type { WindowDays } from '../../../core/time/window.ts'
import { accumulatorColumnType, fieldColumnType } from './column-types.ts'
import { dailyTable, factTable, identifier, literal, rowTable, tableName, windowColumn } from './identifiers.ts'

/**
 * Everything that a set's tables need, as statements that may all run again: they only ever add (`if not exists`).
 * Order: fact tables, the row table, the daily table.
 */
export function setTableStatements(set: MetricSet): readonly string[] {
  return [
    ...set.events.filter(hasOwnTable).flatMap((type) => factTableStatements(set, type)),
    ...rowTableStatements(set),
    ...dailyTableStatements(set),
  ]
}

export function hasOwnTable(type: EventType): boolean {
  return type.ignore === undefined && type.table === undefined
}

function factTableStatements(set: MetricSet, type: EventType): readonly string[] {
  const table = identifier(factTable(type))
  const engine = [
    'id text collate "C" primary key',
    'version bigint not null',
    'hash bigint not null',
    'deleted boolean not null',
    ...(type.entity === undefined ? [] : ['entity text collate "C", check (deleted = (entity is null))']),
    ...(type.at?.through === 'own' ? ['at timestamptz, check (deleted = (at is null))'] : []),
    ...(type.reference === undefined ? [] : ['reference text collate "C", check (deleted = (reference is null))']),
  ]
  return [
    `create table if not exists ${table} (${engine.join(', ')}) with (autovacuum_vacuum_insert_scale_factor = 0.05)`,
    ...type.stored.map(
      (field) =>
        `alter table ${table} add column if not exists ${identifier(field.column)} ${fieldColumnType(field)}${fieldCheck(field)}`,
    ),
    ...factIndexes(set, type),
  ]
}

/** What validation promises, the database holds to: ranges and enumerations. */
function fieldCheck(field: SetField): string {
  const column = identifier(field.column)
  const scale = 10 ** field.scale
  const bounds = [
    ...(field.minimum === undefined ? [] : [`${column} >= ${Math.round(field.minimum * scale)}`]),
    ...(field.maximum === undefined ? [] : [`${column} <= ${Math.round(field.maximum * scale)}`]),
    ...(field.type === 'string' && field.oneOf !== undefined
      ? [`${column} in (${field.oneOf.map(literal).join(', ')})`]
      : []),
    ...(field.type === 'string' && field.maxLength !== undefined
      ? [`char_length(${column}) <= ${field.maxLength}`]
      : []),
  ]
  return bounds.length === 0 ? '' : ` check (${bounds.join(' and ')})`
}

/** PostgreSQL's limit of 32 for an index, less the two that facts are found by. */
const MOST_INCLUDED = 30

/** The window query reads a type's facts by entity, in time order, from the index alone where the pages allow it. */
function factIndexes(set: MetricSet, type: EventType): readonly string[] {
  const table = factTable(type)
  const measured = measuredColumns(set, type).slice(0, MOST_INCLUDED)
  const include = measured.length === 0 ? '' : ` include (${measured.map(identifier).join(', ')})`
  if (type.reference !== undefined) {
    return [
      `create index if not exists ${identifier(`${table}_reference`)} on ${identifier(table)} (reference)${include}`,
    ]
  }
  if (type.entity === undefined) return []
  const keys = type.at?.through === 'own' ? 'entity, at' : 'entity'
  return [`create index if not exists ${identifier(`${table}_entity`)} on ${identifier(table)} (${keys})${include}`]
}

function measuredColumns(set: MetricSet, type: EventType): readonly string[] {
  const sums = set.accumulators
    .filter((each) => each.event === type && each.sum !== undefined)
    .map((each) => each.sum?.name)
  return type.stored.filter((field) => sums.includes(field.name)).map((field) => field.column)
}

function rowTableStatements(set: MetricSet): readonly string[] {
  const table = identifier(rowTable(set))
  return [
    `create table if not exists ${table} (
      entity text collate "C" primary key, evaluation bigint not null, as_of timestamptz not null, revision int not null,
      evaluated_at timestamptz not null default clock_timestamp(), tier_rules text, facts bigint not null, next_change_at timestamptz
    ) with (fillfactor = 60)`, // room for a new version of a row on its own page: updates then touch no index
    dueIndex(set, table),
    ...measureColumns(set, table),
  ]
}

/** By what rows fall due without an event: the clock, or the as-of that follows the data. */
function dueIndex(set: MetricSet, table: string): string {
  if (set.asOf === 'EventTime')
    return `create index if not exists ${identifier(`${rowTable(set)}_as_of`)} on ${table} (as_of)`
  return `create index if not exists ${identifier(`${rowTable(set)}_next_change`)} on ${table} (next_change_at)`
}

function dailyTableStatements(set: MetricSet): readonly string[] {
  const table = identifier(dailyTable(set))
  return [
    `create table if not exists ${table} (
      day date not null, entity text collate "C" not null, run_id bigint not null, as_of timestamptz not null,
      evaluated_at timestamptz not null default clock_timestamp(), tier_rules text, facts bigint not null, next_change_at timestamptz,
      primary key (day, entity)
    ) partition by range (day)`,
    `create index if not exists ${identifier(`${dailyTable(set)}_entity_day`)} on ${table} (entity, day desc)`,
    ...measureColumns(set, table),
  ]
}

function measureColumns(set: MetricSet, table: string): readonly string[] {
  const columns = set.windows.flatMap((days) => windowColumnTypes(set, days))
  return columns.map(([column, type]) => `alter table ${table} add column if not exists ${identifier(column)} ${type}`)
}

function windowColumnTypes(set: MetricSet, days: WindowDays): readonly (readonly [string, string])[] {
  return [
    ...set.accumulators.map((each) => [windowColumn(each.column, days), accumulatorColumnType(each)] as const),
    ...set.metrics.map((metric) => [windowColumn(metric.column, days), 'numeric'] as const),
    ...(set.tiers === undefined
      ? []
      : [[windowColumn('flags', days), 'text'] as const, [windowColumn('tier', days), 'text'] as const]),
  ]
}

/** Create the month's partition of the daily table. `month` is its first day, `YYYY-MM-01`. */
export function dailyPartitionStatement(set: MetricSet, month: string, nextMonth: string): string {
  const partition = identifier(`${dailyTable(set)}_${month.slice(0, 7).replace('-', '_')}`)
  return `create table if not exists ${partition} partition of ${tableName(dailyTable(set))} for values from ('${month}') to ('${nextMonth}')`
}
