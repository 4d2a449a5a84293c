import type { EventType, MetricSet } from '../../../core/metric-sets/metric-set.ts'
import { conditionSql } from './condition-sql.ts'
import { factPlace } from './fact-place.ts'
import { factSource } from './fact-source.ts'
import { liesInRings } from './facts-by-ring.ts'
import { dailyTable, identifier, rowTable } from './identifiers.ts'
import { entitiesScope, rangeScope, rowsScope, type Scope, windowStartSql } from './scopes.ts'
import { rowColumns, tierRulesLabel, windowQuery } from './window-query.ts'

/** A statement's text, with the number of its first parameter that is not the scope's. */
export interface RowStatement {
  readonly text: string
  readonly firstOwnParameter: number
}

const KEY_COLUMNS = new Set(['entity'])

/**
 * Recompute the rows of some entities and clear their marks. $1 entities, $2 as-of, $3... window starts; then: mark versions (bigint[], in
 * step with $1, null where an entity had no mark), evaluation number, revision.
 *
 * A row is stored only over a lower evaluation number, so an older snapshot never replaces a newer one. A mark is deleted only at the
 * version that was taken, so a fact committed since keeps its entity dirty. Rows are written and marks locked in key order, as by everybody.
 */
export function evaluateStatement(set: MetricSet): RowStatement {
  const first = 3 + set.windows.length
  const [versions, evaluation, revision] = [`$${first}`, `$${first + 1}`, `$${first + 2}`]
  const engine = {
    evaluation: `${evaluation}::bigint`,
    as_of: '$2::timestamptz',
    revision: `${revision}::int`,
    tier_rules: tierRulesLabel(set),
  }
  const text = `with computed as (${windowQuery(set, entitiesScope(set))}),
stored as (
  ${upsertRows(set, rowTable(set), engine, ['entity'])}
  where stored_row.evaluation < excluded.evaluation
  returning 1
),
unchanged as (
  select m.place
    from (select * from unnest($1::text[], ${versions}::bigint[]) as t(entity, version) order by entity collate "C") taken
    cross join lateral (
      select ctid as place from mp_mark where mp_mark.entity = taken.entity and mp_mark.version = taken.version for update
    ) m -- one look into the index for each, whatever the planner believes of a table whose size changes by the second
),
cleared as (
  delete from mp_mark where ctid = any(array(select place from unchanged)) returning 1
)
select (select count(*) from stored)::int as stored, (select count(*) from cleared)::int as cleared`
  return { text, firstOwnParameter: first }
}

/**
 * Write the daily rows of a list of entities ($1) or of a range of keys ($1, $2); then as-of and window starts; then: day, run id, whether
 * inactive entities are included. There must be none: see `clearDailyStatement`.
 *
 * By range it also compares the live rows of these entities, as far as they can be told from what was just computed, and takes how many of
 * 10,000 keys to compare as its last parameter. Gives the number compared, those of them that differ, and those that have to be recomputed apart.
 */
export function dailyStatement(set: MetricSet, by: 'entities' | 'range'): RowStatement {
  const scope = by === 'entities' ? entitiesScope(set) : rangeScope(set, rowTable(set))
  const first = (by === 'entities' ? 3 : 4) + set.windows.length
  const [day, run, inactive] = [`$${first}::date`, `$${first + 1}::bigint`, `$${first + 2}::boolean`]
  const engine = { day, run_id: run, as_of: scope.asOf, tier_rules: tierRulesLabel(set) }
  const compared = by === 'entities' ? '' : `,\n${liveRowsCompared(set, scope, `$${first + 3}`)}`
  const text = `with computed as (${windowQuery(set, scope)}),
judged as materialized (select computed.*, facts > 0 and (${inactive} or ${activeSql(set)}) as included from computed),
stored as (
  ${insertRows(set, dailyTable(set), engine, 'judged where included')}
  returning 1
)${compared}
select (select count(*) from stored)::int as stored,
       (select count(*) from judged where facts > 0 and not included)::int as inactive${by === 'entities' ? '' : ', compared.* from compared'}`
  return { text, firstOwnParameter: first }
}

/**
 * Remove what an earlier run of a day ($1) wrote of a list of entities ($2) or of a range of keys ($2, $3), before the day's rows are written
 * anew in the same transaction. To insert where nothing can be in the way takes a tenth less of the time that it takes to look for it first.
 */
export function clearDailyStatement(set: MetricSet, by: 'entities' | 'range'): string {
  const chosen = by === 'entities' ? '= any($2::text[])' : 'between $2 and $3'
  return `delete from ${identifier(dailyTable(set))} where day = $1::date and entity ${chosen}`
}

/**
 * What was computed as of the day holds for every as-of between the last change without an event and the next. A live row of such an as-of
 * is equal to it; one of any other has to be recomputed at its own. Rows, marks and facts are read in one statement, so in one snapshot.
 */
function liveRowsCompared(set: MetricSet, scope: Scope, perTenThousand: string): string {
  const table = identifier(rowTable(set))
  return `compared as (
  select count(*) filter (where holds)::int as compared,
         coalesce(array_agg(entity order by entity) filter (where holds and differs), '{}') as mismatched,
         coalesce(array_agg(entity order by entity) filter (where not holds), '{}') as apart
    from (
      select c.entity, case when c.entity is not null and live.entity is not null then ${holdsSql(set, scope)} end as holds, ${differsSql(set)} as differs
        from judged c
        full join (
          select r.* from ${table} r where r.entity between $1 and $2 and ${comparableSql(set, perTenThousand)} offset 0
        ) live on live.entity = c.entity -- both sides are read once: to join fully, no planner goes through one for each row of the other
      offset 0
    ) each_row
)`
}

/** Whether what was computed as `c` is also what there is to compute as of the instant of `live`. */
function holdsSql(set: MetricSet, scope: Scope): string {
  return `case when live.as_of >= ${scope.asOf} then coalesce(live.as_of < c.next_change_at, true) else ${heldSinceSql(set, scope)} end`
}

/** Whether no fact has come into a window or left one between the as-of of `live` and the later one of `c`. */
function heldSinceSql(set: MetricSet, scope: Scope): string {
  const counted = set.events.filter((type) => type.ignore === undefined && type.at !== undefined)
  if (!counted.every(liesInRings)) return 'false' // no index would lead to such facts
  const edges = [
    ['live.as_of', scope.asOf],
    ...set.windows.map((days) => [windowStartSql(set, days, 'live.as_of'), scope.windowStart(days)] as const),
  ]
  const changes = counted.flatMap((type) => {
    const { from, key, at } = factPlace(type)
    return edges.map(
      ([before, after]) =>
        `exists (select from ${from} where ${key} = c.entity and ${at} >= ${before} and ${at} < ${after})`,
    )
  })
  return changes.length === 0 ? 'true' : `not (${changes.join(' or ')})`
}

/**
 * Compare live rows that have no mark with a recomputation at each row's own as-of: those of a range of keys ($1, $2) or those listed ($1);
 * then: how many of 10,000 keys to compare, chosen by the key's hash. Gives the number compared and the entities that differ.
 */
export function parityStatement(set: MetricSet, by: 'entities' | 'range'): string {
  const table = identifier(rowTable(set))
  const [chosen, perTenThousand] = by === 'range' ? ['between $1 and $2', '$3'] : ['= any($1::text[])', '$2']
  const source = `select r.entity, r.as_of from ${table} r where r.entity ${chosen} and ${comparableSql(set, perTenThousand)}`
  return `with recomputed as (${windowQuery(set, rowsScope(set, source))}),
compared as (
  select c.entity, live.differs
    from recomputed c
    cross join lateral (
      select ${differsSql(set)} as differs from ${table} live where live.entity = c.entity offset 0
    ) live -- one look into the index for each, whatever the planner believes
)
select count(*)::int as compared, coalesce(array_agg(entity order by entity) filter (where differs), '{}') as mismatched from compared`
}

/** Whether row `r` is to be compared: it has no mark, for then it is going to be recomputed, and its key is among those chosen. */
function comparableSql(set: MetricSet, perTenThousand: string): string {
  return `mod(abs(hashtextextended(r.entity, 0)), 10000) < ${perTenThousand}::int
    and not exists (select from mp_mark m where m.entity = r.entity)${unresolvedSql(set)}`
}

/** Whether row `live` says anything else than what was computed as `c`, to the last digit. */
function differsSql(set: MetricSet): string {
  const columns = rowColumns(set).filter((column) => !KEY_COLUMNS.has(column))
  const list = (alias: string) => columns.map((column) => `${alias}.${identifier(column)}`).join(', ')
  return `row(${list('live')}) is distinct from row(${list('c')})`
}

/** Entities that have facts of these types but neither a row nor a mark: none, ever. $1, $2: range of keys, the end exclusive, null for none. */
export function missingRowsStatement(set: MetricSet, types: readonly EventType[]): string {
  const keys = types.map((type) => `select distinct entity from ${factSource(type)} facts where entity is not null`)
  return `select coalesce(array_agg(entity order by entity), '{}') as entities
  from (${keys.join(' union ')}) known
 where entity >= $1 collate "C" and ($2::text is null or entity < $2 collate "C") and ${isMissing(set)}`
}

/**
 * The same for keys that would lie between $1 and $2. Behind each row's key one look into the index of the facts tells whose come next: those
 * of the next row, or of somebody who has none. Only for types whose facts lie in tables of ours.
 */
export function missingBetweenRowsStatement(set: MetricSet, types: readonly EventType[]): string {
  const keys = types.map((type) => {
    const facts = factSource(type)
    return `select distinct between_rows.entity from neighbours
      cross join lateral (select entity from ${facts} f where f.entity > neighbours.entity and f.entity < neighbours.next order by f.entity limit 1) following
      cross join lateral (select entity from ${facts} f where f.entity >= following.entity and f.entity < neighbours.next) between_rows`
  })
  return `with neighbours as materialized (
  select entity, lead(entity) over (order by entity) as next
    from (select entity from ${identifier(rowTable(set))} where entity > $1 and entity < $2 union all values ($1), ($2)) known
)
select coalesce(array_agg(entity order by entity), '{}') as entities from (${keys.join(' union ')}) known where ${isMissing(set)}`
}

function isMissing(set: MetricSet): string {
  return `not exists (select from ${identifier(rowTable(set))} r where r.entity = known.entity) and not exists (select from mp_mark m where m.entity = known.entity)`
}

/**
 * Whether a live row changes by now without an event. Where as-of follows the data, every row does once the pipeline's as-of has passed its
 * own: the data's clock moves by whole days, and all rows move with it.
 */
export function dueRowSql({ asOf }: MetricSet): string {
  return asOf === 'EventTime'
    ? 'as_of < (select as_of from mp_as_of)'
    : "next_change_at < statement_timestamp() + interval '1 microsecond'"
}

/** Rows are refreshed in bulk after midnight, which takes its time: whatever is due for no longer than that is in good hands. */
const DAY_ROLL_TAKES = "interval '5 minutes'"

/** Whether a live row of no alias should have changed without an event, and nobody has seen to it. Where windows slide there is no bulk. */
export function overdueRowSql(set: MetricSet): string {
  return set.asOf === 'Clock' && set.alignment === 'UtcDay'
    ? `next_change_at < statement_timestamp() - ${DAY_ROLL_TAKES}`
    : dueRowSql(set)
}

function upsertRows(
  set: MetricSet,
  table: string,
  engine: Readonly<Record<string, string>>,
  key: readonly string[],
): string {
  const columns = [...Object.keys(engine), ...rowColumns(set)].filter((column) => !key.includes(column)).map(identifier)
  return `${insertRows(set, table, engine, 'computed')}
  on conflict (${key.map(identifier).join(', ')}) do update set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, evaluated_at = clock_timestamp()`
}

function insertRows(set: MetricSet, table: string, engine: Readonly<Record<string, string>>, source: string): string {
  const computed = rowColumns(set)
  return `insert into ${identifier(table)} as stored_row (${[...Object.keys(engine), ...computed].map(identifier).join(', ')})
  select ${[...Object.values(engine), ...computed.map(identifier)].join(', ')} from ${source} order by entity`
}

/** Known to be inactive excludes an entity; nothing known does not. */
function activeSql(set: MetricSet): string {
  if (set.active === undefined) return 'true'
  const { event, where } = set.active
  return `not exists (select from ${factSource(event)} f where f.entity = computed.entity and (${conditionSql(where, event)}) is false)`
}

/** A reference whose fact has come since counts as a mark until the next evaluation tick has turned it into one. */
function unresolvedSql(set: MetricSet): string {
  return set.events
    .filter((type) => type.referenced)
    .map(
      (type) => `
      and not exists (select from mp_unresolved_reference u join ${factSource(type)} f on f.id = u.reference
                       where u.type = '${type.name}' and f.entity = r.entity)`,
    )
    .join('')
}
