import { ROOMY } from '../support/roomy.ts'
import { throughputBenchmark } from '../support/throughput-benchmark.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const TABLE = `create table departures (
    id text primary key, origin text not null, destination text, scheduled_at timestamptz not null, delay_minutes int not null, distance_miles int not null);
  insert into departures
  select 'fill-' || n, 'E' || n % 5000, 'E' || n % 4999, now() - (n::bigint * 7919 % (88 * 1440)) * interval '1 minute', n % 120 - 20, n % 3000
    from generate_series(1, 250000) n;
  create index on departures (origin, scheduled_at) include (delay_minutes, distance_miles);
  analyze departures`

/** Entries that only say which entity changed: its facts are in a table that another system fills. */
export const triggers = throughputBenchmark({
  name: 'triggers',
  summary:
    'workload A over an existing table, at the default debounce: entries only mark their entity, one worker with room',
  pipeline: pipelineA(
    { quiet: '30s', maxWait: '60s' },
    { batchSize: ROOMY.batchSize, tables: { departure: 'public.departures' } },
  ),
  prepare: { sql: TABLE },
  eventsOf: eventsOfA,
  load: 3_600_000,
  heap: ROOMY.heap,
  targets: { eventsPerSecond: '>= 60000' },
})
