-- Let shards go at once, for others to take. $1 int[] shards, $2 bigint[] the tokens under which they are held. What was taken over is left alone.
update mp_shard s set owner = null, expires_at = '-infinity'
  from unnest($1::int[], $2::bigint[]) as held(shard, token)
 where s.shard = held.shard and s.fencing_token = held.token;
