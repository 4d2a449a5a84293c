-- Take shards that nobody holds. $1 text consumer, $2 int how many at most, $3 int lease (ms), $4 int[] those
-- it holds already: with a new token for these, its own commits that are in flight would be refused.
-- Free: released, run out, or left by an earlier process of the same name. Each gets a new token, so that whatever its former owner still
-- has in flight commits nothing: that commit holds the row, and is through or refused before the token grows. Rows that somebody holds at
-- this moment are passed over, never waited for.
with free as (
  select shard from mp_shard
   where (owner is null or owner = $1 or expires_at <= clock_timestamp()) and not (shard = any($4::int[]))
   order by shard limit $2::int
     for no key update skip locked
)
update mp_shard s
   set owner = $1, fencing_token = s.fencing_token + 1, expires_at = clock_timestamp() + $3::int * interval '1 millisecond'
  from free where s.shard = free.shard
returning s.shard, s.fencing_token::text as token, s.entry_ms || '-' || s.entry_seq as position;
