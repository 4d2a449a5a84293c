-- Hold the shards of a commit, note how far it takes them, and renew their leases. $1 int[] shards, $2 bigint[] tokens, $3 numeric[] entry
-- milliseconds, $4 numeric[] entry sequence numbers, $5 int lease (ms). Gives the shards that are held: where one is missing it has another
-- owner, and the caller must roll back. Locked in shard order, and before anything else of the commit but the revision, by every writer.
with held as (
  select s.shard, least(i.entry_ms, 9223372036854775807)::bigint as entry_ms, i.entry_seq
    from mp_shard s join unnest($1::int[], $2::bigint[], $3::numeric[], $4::numeric[]) as i(shard, token, entry_ms, entry_seq)
      on i.shard = s.shard and i.token = s.fencing_token
   order by s.shard for no key update of s
)
update mp_shard s
   set expires_at = clock_timestamp() + $5::int * interval '1 millisecond', committed_at = clock_timestamp(),
       entry_ms = case when (h.entry_ms, h.entry_seq) > (s.entry_ms, s.entry_seq) then h.entry_ms else s.entry_ms end,
       entry_seq = case when (h.entry_ms, h.entry_seq) > (s.entry_ms, s.entry_seq) then h.entry_seq else s.entry_seq end
  from held h where s.shard = h.shard
returning s.shard;
