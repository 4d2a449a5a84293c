-- Say that a worker is alive and what it has done, and learn its place among those alive. $1 text consumer, $2 int how long a silent worker
-- counts (ms), $3 bigint how long it was busy (ms), $4 bigint entries it is done with, $5 boolean whether these two begin anew, as they do with
-- a process: whoever compares them with earlier ones looks whether started_at is the same.
-- Gives how many are alive, and how many of them come before this one: its slice of what all of them share.
with beat as (
  insert into mp_member as m (consumer, busy_ms, entries_done) values ($1, $3, $4)
      on conflict (consumer) do update
     set heartbeat_at = clock_timestamp(), busy_ms = excluded.busy_ms, entries_done = excluded.entries_done,
         started_at = case when $5::boolean then clock_timestamp() else m.started_at end
),
alive as (
  select consumer from mp_member where heartbeat_at > clock_timestamp() - $2::int * interval '1 millisecond'
  union
  select $1
)
select count(*)::int as slices, count(*) filter (where consumer < $1 collate "C")::int as slice from alive;
