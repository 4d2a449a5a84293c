import { createHash } from 'node:crypto'
import { PIPELINE_SCOPE, scopesOf } from '../../core/composite/composite-scopes.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { EMPTY_DATABASE } from '../../core/signals/empty-database.ts'
import type { DatabaseSignals } from '../../core/signals/pipeline-signals.ts'
import { sqlState } from './postgres-error.ts'
import type { Pool } from './postgres-pool.ts'
import { identifier, literal, rowTable } from './set-sql/identifiers.ts'
import { mayCountResolvableSql, resolvableReferencesSql } from './set-sql/resolvable-references.ts'
import { overdueRowSql } from './set-sql/row-statements.ts'

export interface ReadSignalsOptions {
  /** It takes a look at every row. */
  readonly countEntities: boolean
}

/** 42P01 undefined_table, 42703 undefined_column, 3F000 invalid_schema_name: of a schema that was never migrated, or not as far. */
const MISSING = new Set(['42P01', '42703', '3F000'])

/** insufficient_privilege. */
const REFUSED = '42501'

/** How a pipeline is doing, as far as its database knows. Writes nothing, and needs the right to read the schema's tables alone. */
export async function readDatabaseSignals(
  pool: Pool,
  set: MetricSet,
  options: ReadSignalsOptions,
): Promise<DatabaseSignals> {
  return await new SignalsReader(pool, set, options).read()
}

/** What may be read, and that there is something to read, is asked again after so long. */
const SIGHT_MS = 60_000

/** The same again and again: a look takes one statement, which is prepared once, and so one snapshot. */
export class SignalsReader {
  readonly #pool: Pool
  readonly #set: MetricSet
  readonly #options: ReadSignalsOptions
  /** Where the server says the same again, it is not understood anew. */
  #latest: { readonly text: string; readonly signals: DatabaseSignals | null } | undefined
  #prepared: { readonly statement: Statement; readonly untilMs: number } | undefined

  constructor(pool: Pool, set: MetricSet, options: ReadSignalsOptions) {
    this.#pool = pool
    this.#set = set
    this.#options = options
  }

  async read(): Promise<DatabaseSignals> {
    const known = this.#prepared
    try {
      return await this.#look()
    } catch (error) {
      const state = sqlState(error) ?? ''
      this.#prepared = undefined // other tables by now, or other rights
      if (known !== undefined && (MISSING.has(state) || state === REFUSED)) return await this.read()
      if (!MISSING.has(state)) throw error
      return EMPTY_DATABASE
    }
  }

  async #look(): Promise<DatabaseSignals> {
    const statement = await this.#statement()
    const { signals: text = 'null' } = (await ask<{ signals: string }>(this.#pool, statement)) ?? {}
    if (this.#latest?.text !== text) this.#latest = { text, signals: JSON.parse(text) as DatabaseSignals | null }
    const { signals } = this.#latest
    return signals?.migrated === true ? signals : EMPTY_DATABASE
  }

  async #statement(): Promise<Statement> {
    const now = performance.now()
    if (this.#prepared !== undefined && now < this.#prepared.untilMs) return this.#prepared.statement
    const found = (await ask<Sight>(this.#pool, named(sightText(this.#set)))) ?? NOTHING_SEEN
    const statement = named(signalsText(this.#set, found, this.#options))
    // a set's own tables come a moment after the engine's
    this.#prepared = found.hasRows ? { statement, untilMs: now + SIGHT_MS } : undefined
    return statement
  }
}

/** How many entities have a row that has facts. */
export async function countEntities(pool: Pool, set: MetricSet): Promise<number | null> {
  const { rows } = await pool.query<{ count: number }>(countEntitiesSql(set))
  return rows[0]?.count ?? null
}

interface Statement {
  readonly name: string
  readonly text: string
}

/** It takes the server longer to plan this than to carry it out, so each connection prepares it once. */
function named(text: string): Statement {
  return { name: `signals ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text }
}

async function ask<Row extends object>(pool: Pool, statement: Statement): Promise<Row | undefined> {
  const { rows } = await pool.query<Row>(statement)
  return rows[0]
}

interface Sight {
  readonly hasRows: boolean
  /** Where it does not, every reference that is not resolved may be one that could be. */
  readonly seesFacts: boolean
  /** A pipeline that stays behind has no table for them, and who was given rights before then has none to it. */
  readonly seesComposites: boolean
}

/** Of more references than these nobody looks up every few seconds whether their fact has come: any of them may be one. */
const MOST_LOOKED_UP = 10_000

const NOTHING_SEEN: Sight = { hasRows: false, seesFacts: false, seesComposites: false }

function sightText(set: MetricSet): string {
  return `select to_regclass(${literal(identifier(rowTable(set)))}) is not null as "hasRows", ${mayCountResolvableSql(set)} as "seesFacts",
                 coalesce(has_table_privilege(to_regclass('mp_composite'), 'select'), false) as "seesComposites"`
}

/** What later versions added is looked for by name only: a pipeline may stay behind for as long as its owner likes. */
function signalsText(
  set: MetricSet,
  { hasRows, seesFacts, seesComposites }: Sight,
  { countEntities }: ReadSignalsOptions,
): string {
  const rows = identifier(rowTable(set))
  return `with last as (select day, shards from mp_run where kind = 'daily' order by id desc limit 1),
  shard as (
    select distinct on (r.shard) r.*, l.shards as of from mp_run r join last l on l.day = r.day and l.shards = r.shards
     where r.kind = 'daily' order by r.shard, r.id desc
  ),
  aggregation as (
    select min(day) as day, case when bool_or(state = 'running') or count(*) < min(of) then 'running' when bool_or(state = 'interrupted') then 'interrupted'
                                 when bool_or(state = 'failed') then 'failed' else 'succeeded' end as state,
           min(started_at) as started_at, case when count(finished_at) = min(of) then max(finished_at) end as finished_at,
           sum(successful) as successful, sum(failed) as failed,
           sum((report #>> '{parity,compared}')::int) as compared,
           sum((report #>> '{parity,mismatches}')::int + (report #>> '{parity,missing}')::int + (report #>> '{parity,overdue}')::int) as mismatches
      from shard having count(*) > 0
  ),
  unresolved as materialized (select count(*) as n from mp_unresolved_reference)
  select jsonb_build_object(
    'migrated', exists(select from mp_pipeline),
    'revision', (select revision from mp_pipeline),
    'awaitedRevision', (select newest from (select revision, (to_jsonb(p) ->> 'newest_revision')::int as newest from mp_pipeline p) p where newest > revision),
    'entities', ${hasRows && countEntities ? `(${countEntitiesSql(set)})` : 'null'},
    'marks', (select count(*) from mp_mark),
    'oldestMarkAgeMs', (select ${ageMs('min(first_dirty_at)')} from mp_mark),
    'unresolvedReferences', (select n from unresolved),
    'resolvableReferences', ${seesFacts ? `(select case when n <= ${MOST_LOOKED_UP} then ${resolvableReferencesSql(set)} else n end from unresolved)` : '(select n from unresolved)'},
    'deadLetters', (select coalesce(jsonb_object_agg(reason, n), '{}') from (select reason, count(*) as n from mp_dead_letter where replayed_at is null group by 1) d),
    'asOf', (select as_of from mp_as_of),
    'members', (select coalesce(jsonb_agg(jsonb_build_object('name', consumer, 'lastBeatAgeMs', ${ageMs('heartbeat_at')}, 'startedAt', started_at,
                 'busyMs', to_jsonb(m) -> 'busy_ms', 'entriesDone', to_jsonb(m) -> 'entries_done') order by consumer), '[]') from mp_member m),
    'shards', (select coalesce(jsonb_agg(jsonb_build_object('stream', stream, 'owner', case when expires_at > clock_timestamp() then owner end,
                 'position', case when committed_at is not null then entry_ms || '-' || entry_seq end) order by shard), '[]') from mp_shard),
    'streamFaults', (select coalesce(jsonb_agg(jsonb_build_object('stream', stream, 'kind', kind, 'detail', detail, 'since', first_seen_at) order by id), '[]')
                       from mp_stream_fault where healed_at is null),
    'overdueNextChanges', ${hasRows ? `(select count(*) from ${rows} where ${overdueRowSql(set)})` : 'null'},
    'lastAggregation', (select jsonb_build_object('day', day, 'state', state, 'startedAt', started_at, 'finishedAt', finished_at,
                               'successful', successful, 'failed', failed, 'mismatches', mismatches, 'compared', compared) from aggregation),
    'composites', ${seesComposites ? compositesSql(set) : "'[]'::jsonb"}
  )::text as signals`
}

/** Of scopes that the definition has by now, the whole pipeline first. */
function compositesSql({ composite }: MetricSet): string {
  const scopes = composite === undefined ? [] : scopesOf(composite)
  return `(select coalesce(jsonb_agg(jsonb_build_object('scope', scope, 'value', value::text, 'sampleSize', sample_size, 'asOf', as_of,
               'ageMs', ${ageMs('as_of')}, 'holder', holder) order by scope <> '${PIPELINE_SCOPE}', scope), '[]')
             from mp_composite where scope = any(array[${scopes.map(literal).join(', ')}]::text[]))`
}

function countEntitiesSql(set: MetricSet): string {
  return `select count(*)::int as count from ${identifier(rowTable(set))} where facts > 0`
}

/** Whole milliseconds since an instant. */
function ageMs(instant: string): string {
  return `round(extract(epoch from clock_timestamp() - ${instant}) * 1000)`
}
