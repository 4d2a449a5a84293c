-- What stands for a scope, and the database's time. $1 text scope, $2 bigint the shortest interval (ms), $3 text the fingerprint of the rules that
-- the asker goes by, $4 bigint the greatest age (ms), $5 text the asker, $6 int how long a silent worker counts (ms).
-- Always one row: as_of (µs since 1970), the fence (0 where nothing stands), for how long nothing may replace it (ms), its age (ms) and value, and
-- whether another worker that is alive gave it by newer rules, and it is not too old. Rules that are not noted, or no longer, are older than all.
select (extract(epoch from clock.now) * 1000000)::bigint::text as as_of,
       coalesce(c.fence, 0)::text as fence,
       greatest(0, least($2::bigint, coalesce(ceil($2::bigint - extract(epoch from clock.now - c.committed_at) * 1000), 0)))::bigint::text as wait_ms,
       (extract(epoch from clock.now - c.as_of) * 1000)::bigint::text as age_ms,
       c.value::text as value,
       coalesce(
         (select number from mp_composite_rules where fingerprint = c.rules) > coalesce((select number from mp_composite_rules where fingerprint = $3), 0)
           and c.as_of >= clock.now - $4::bigint * interval '1 millisecond'
           and c.holder <> $5
           and exists (select from mp_member where consumer = c.holder and heartbeat_at > clock.now - $6::int * interval '1 millisecond'),
         false
       ) as superseded
  from (select clock_timestamp() as now) clock
  left join mp_composite c on c.scope = $1;
