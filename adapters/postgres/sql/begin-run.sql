-- Begin a run, or take up an interrupted one. $1 kind, $2 day, $3 shard, $4 shards, $5 jsonb options, $6 boolean: resume if possible.
-- The caller holds the run's advisory lock, so a run that says `running` has no process any more. Only the newest run of its kind is taken up,
-- and only for the same options: what is done by then stays done.
with newest as (
  select id, state, options from mp_run where kind = $1 and day = $2::date and shard = $3 and shards = $4 order by id desc limit 1
),
resumed as (
  update mp_run r set state = 'running', heartbeat_at = clock_timestamp()
    from newest n where $6::boolean and r.id = n.id and n.state in ('running', 'interrupted') and n.options = $5::jsonb
  returning r.id, r.last_entity, r.total, r.successful, r.failed, r.skipped
),
begun as (
  insert into mp_run (kind, day, shard, shards, options, state)
  select $1, $2::date, $3, $4, $5::jsonb, 'running' where not exists (select from resumed)
  returning id, last_entity, total, successful, failed, skipped
)
select id::text as id, last_entity, total, successful, failed, skipped, true as resumed from resumed
union all
select id::text, last_entity, total, successful, failed, skipped, false from begun;
