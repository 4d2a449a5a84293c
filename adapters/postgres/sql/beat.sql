-- Say that a worker is alive, and learn its place among those that are. $1 text consumer, $2 int how long a silent worker counts (ms).
-- Gives how many are alive, and how many of them come before this one: its slice of what all of them share.
with beat as (
  insert into mp_member (consumer) values ($1)
      on conflict (consumer) do update set heartbeat_at = clock_timestamp()
),
alive as (
  select consumer from mp_member where heartbeat_at > clock_timestamp() - $2::int * interval '1 millisecond'
  union
  select $1
)
select count(*)::int as slices, count(*) filter (where consumer < $1 collate "C")::int as slice from alive;
