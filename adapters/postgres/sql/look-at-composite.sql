-- What stands for a scope, and the database's time. $1 text scope, $2 bigint the shortest interval (ms).
-- Always one row: as_of (µs since 1970), the fence (0 where nothing stands), for how long nothing may replace it (ms), its age (ms) and value.
select (extract(epoch from clock.now) * 1000000)::bigint::text as as_of,
       coalesce(c.fence, 0)::text as fence,
       greatest(0, least($2::bigint, coalesce(ceil($2::bigint - extract(epoch from clock.now - c.committed_at) * 1000), 0)))::bigint::text as wait_ms,
       (extract(epoch from clock.now - c.as_of) * 1000)::bigint::text as age_ms,
       c.value::text as value
  from (select clock_timestamp() as now) clock
  left join mp_composite c on c.scope = $1;
