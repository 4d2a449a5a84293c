import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { refuseUnmigrated } from './migrate-error.ts'
import { openPostgresPool } from './postgres-pool.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'

export interface DatabaseStatus {
  readonly revision: number
  readonly entities: number
  readonly marks: number
  readonly oldestMarkSeconds: number | null
  readonly unresolvedReferences: number
  readonly deadLetters: Readonly<Record<string, number>>
  readonly asOf: string | null
  /** Who reads each shard of a sharded source, by its stream; null where nobody does. Empty for plain streams. */
  readonly owners: Readonly<Record<string, string | null>>
  /** What is wrong with streams, until a backfill. */
  readonly streamFaults: readonly {
    readonly stream: string
    readonly kind: string
    readonly detail: string
    readonly since: string
  }[]
  /** Of the last day that was begun: all its shards together, each by its newest run. */
  readonly lastAggregation: {
    readonly day: string
    /** The first of these that a shard is in. A shard that has not begun yet counts as running. */
    readonly state: 'running' | 'interrupted' | 'failed' | 'succeeded'
    /** Null until all shards have finished. */
    readonly finishedAt: string | null
    readonly successful: number
    readonly failed: number
    /** Null while no shard has compared anything. */
    readonly mismatches: number | null
  } | null
}

/** How a pipeline is doing, as far as its database knows. Throws `MigrateError` when the schema was never migrated. */
export async function readDatabaseStatus(url: string, schema: string, set: MetricSet): Promise<DatabaseStatus> {
  const pool = await openPostgresPool({
    url,
    schema,
    applicationName: 'metrics-pipeline status',
    maxConnections: 1,
    onError: () => undefined,
  })
  try {
    const { rows } = await pool.query<{ status: DatabaseStatus }>(statusText(set)).catch(refuseUnmigrated(schema))
    const [row] = rows
    if (row === undefined) throw new Error('the status query gave no row')
    return row.status
  } finally {
    await pool.end()
  }
}

function statusText(set: MetricSet): string {
  return `with last as (select day, shards from mp_run where kind = 'daily' order by id desc limit 1),
  shard as (
    select distinct on (r.shard) r.*, l.shards as of from mp_run r join last l on l.day = r.day and l.shards = r.shards
     where r.kind = 'daily' order by r.shard, r.id desc
  ),
  aggregation as (
    select min(day) as day, case when bool_or(state = 'running') or count(*) < min(of) then 'running' when bool_or(state = 'interrupted') then 'interrupted'
                                 when bool_or(state = 'failed') then 'failed' else 'succeeded' end as state,
           case when count(finished_at) = min(of) then max(finished_at) end as finished_at, sum(successful) as successful, sum(failed) as failed,
           sum((report #>> '{parity,mismatches}')::int) as mismatches
      from shard having count(*) > 0
  )
  select jsonb_build_object(
    'revision', (select revision from mp_pipeline),
    'entities', (select count(*) from ${identifier(rowTable(set))} where facts > 0),
    'marks', (select count(*) from mp_mark),
    'oldestMarkSeconds', (select round(extract(epoch from clock_timestamp() - min(first_dirty_at)), 1) from mp_mark),
    'unresolvedReferences', (select count(*) from mp_unresolved_reference),
    'deadLetters', (select coalesce(jsonb_object_agg(reason, n), '{}') from (select reason, count(*) as n from mp_dead_letter where replayed_at is null group by 1) d),
    'asOf', (select as_of from mp_as_of),
    'owners', (select coalesce(jsonb_object_agg(stream, case when expires_at > clock_timestamp() then owner end), '{}') from mp_shard),
    'streamFaults', (select coalesce(jsonb_agg(jsonb_build_object('stream', stream, 'kind', kind, 'detail', detail, 'since', first_seen_at) order by id), '[]')
                       from mp_stream_fault where healed_at is null),
    'lastAggregation', (select jsonb_build_object('day', day, 'state', state, 'finishedAt', finished_at, 'successful', successful, 'failed', failed,
                               'mismatches', mismatches) from aggregation)
  ) as status`
}
