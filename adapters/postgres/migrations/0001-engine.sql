-- The engine's own tables. A metric set's tables are made from its definition by the same migrate step.

-- One pipeline per schema: this row claims it, and says which revision of the definition is in force.
create table mp_pipeline (
  id boolean primary key default true check (id),
  name text not null,
  revision int not null,
  created_at timestamptz not null default clock_timestamp()
);

-- Every definition this schema was ever migrated to. `fingerprint` is a hash of what decides tables and numbers.
create table mp_revision (
  revision int generated always as identity primary key,
  fingerprint text not null unique,
  definition jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);

-- "Now" of a pipeline whose as-of follows its data: the UTC midnight after the greatest event time committed.
create table mp_as_of (
  id boolean primary key default true check (id),
  as_of timestamptz,
  advanced_at timestamptz
);
insert into mp_as_of default values;

-- Numbers that order evaluations and marks. No cache: a cached block would hand out lower numbers later.
create sequence mp_evaluation as bigint cache 1;
create sequence mp_mark_version as bigint cache 1;

-- A durable note that an entity is dirty. Only first_dirty_at is indexed, and it is never updated: refreshing a mark touches no index.
create table mp_mark (
  entity text collate "C" primary key,
  version bigint not null,
  first_dirty_at timestamptz not null,
  last_dirty_at timestamptz not null,
  published_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index mp_mark_first_dirty_at on mp_mark (first_dirty_at);

-- References whose fact has not come yet.
create table mp_unresolved_reference (
  type text collate "C" not null,
  reference text collate "C" not null,
  first_seen_at timestamptz not null default clock_timestamp(),
  primary key (type, reference)
);

-- Entries set aside, with the reason and everything needed to replay them.
create table mp_dead_letter (
  id bigint generated always as identity primary key,
  stream text not null,
  entry_id text not null,
  event_type text,
  reason text not null,
  details jsonb not null check (jsonb_typeof(details) = 'array'),
  raw bytea not null,
  attempts int not null check (attempts >= 1),
  created_at timestamptz not null default clock_timestamp(),
  replayed_at timestamptz,
  unique (stream, entry_id)
);
create index mp_dead_letter_created_at on mp_dead_letter (created_at);

-- Workers that are alive. They share evaluations by their place in this list; a wrong place costs work twice, never a number.
create table mp_member (
  consumer text collate "C" primary key,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp()
);

-- How far each consumer has committed each stream.
create table mp_position (
  stream text collate "C" not null,
  consumer text collate "C" not null,
  entry_ms bigint not null,
  entry_seq bigint not null,
  committed_at timestamptz not null default clock_timestamp(),
  primary key (stream, consumer)
);

-- Findings of validation rules by UTC day, for the data-quality report.
create table mp_quality_count (
  day date not null,
  event_type text collate "C" not null,
  rule text collate "C" not null,
  severity text not null check (severity in ('warning', 'error')),
  count bigint not null check (count >= 0),
  primary key (day, event_type, rule)
);

-- Runs of the aggregator: daily aggregations and day rolls, one row per shard of a run.
create table mp_run (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('daily', 'day-roll')),
  day date not null,
  shard int not null check (shard >= 0),
  shards int not null check (shards > shard),
  -- What was asked for; a run resumes only an interrupted one that was asked for the same.
  options jsonb not null,
  state text not null check (state in ('running', 'succeeded', 'failed', 'interrupted')),
  -- Every entity up to this one is done.
  last_entity text collate "C",
  total int not null default 0,
  successful int not null default 0,
  failed int not null default 0,
  skipped int not null default 0,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  report jsonb
);
create index mp_run_day on mp_run (kind, day, shard);

-- Entities that a run could not do, with the reason.
create table mp_run_failure (
  run_id bigint not null references mp_run (id) on delete cascade,
  entity text collate "C" not null,
  error text not null,
  attempts int not null check (attempts >= 1),
  primary key (run_id, entity)
);

-- Where the key ranges of a sharded run begin: written by whichever shard comes first, so that all of them agree and no key falls between.
create table mp_run_range (
  kind text not null,
  day date not null,
  shards int not null,
  starts text[] not null,
  primary key (kind, day, shards)
);
