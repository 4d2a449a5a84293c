-- What was found to be wrong with a stream: entries that are gone before anybody committed them. Open until a backfill has made up for it.
create table mp_stream_fault (
  id bigint generated always as identity primary key,
  stream text collate "C" not null,
  kind text not null check (kind in ('stream-regressed', 'entries-trimmed', 'entries-deleted', 'group-recreated')),
  detail text not null,
  times int not null default 1,
  first_seen_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  healed_at timestamptz
);
create unique index mp_stream_fault_open on mp_stream_fault (stream, kind) where healed_at is null;
