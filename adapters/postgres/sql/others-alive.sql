-- Whether any other worker is alive. $1 text consumer, $2 int how long a silent worker counts (ms).
select exists (
  select from mp_member where consumer <> $1 and heartbeat_at > clock_timestamp() - $2::int * interval '1 millisecond'
) as others;
