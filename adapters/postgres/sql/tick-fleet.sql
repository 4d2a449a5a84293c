-- Say that a worker is alive, renew the leases of its shards, and see the fleet. $1 text consumer, $2 int how long a silent worker counts (ms),
-- $3 int[] shards it holds, $4 bigint[] under which tokens, $5 int lease (ms).
-- A shard whose row is locked is being committed by its owner, which renews the lease as well: this statement does not wait for it.
-- One row for each shard: its owner (null where the lease has run out), its token, whether it was renewed here; and all who are alive.
with beat as (
  insert into mp_member (consumer, reads_at) values ($1, clock_timestamp())
      on conflict (consumer) do update set heartbeat_at = clock_timestamp(), reads_at = clock_timestamp()
),
mine as (
  select s.shard from mp_shard s join unnest($3::int[], $4::bigint[]) as held(shard, token) on held.shard = s.shard and held.token = s.fencing_token
     for no key update of s skip locked
),
renewed as (
  update mp_shard s set expires_at = clock_timestamp() + $5::int * interval '1 millisecond' from mine where s.shard = mine.shard
  returning s.shard
)
select s.shard, s.fencing_token::text as token, r.shard is not null as renewed,
       case when r.shard is not null or s.expires_at > clock_timestamp() then s.owner end as owner,
       array(select consumer from mp_member where reads_at > clock_timestamp() - $2::int * interval '1 millisecond' union select $1 order by 1) as members
  from mp_shard s left join renewed r on r.shard = s.shard
 order by s.shard;
