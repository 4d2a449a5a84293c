-- Remove what scopes have left that are no longer there. $1 text[] the scopes that there are, $2 text the fingerprint of the rules that have these,
-- $3 text who asks, $4 int how long a silent worker counts (ms). Scopes stay that another worker, alive and with newer rules, has a score of. Of
-- the history a thousand go at a time. Gives whether nothing was there of other scopes, neither to go nor to stay.
with newer as (
  select c.scope from mp_composite c
   where (select number from mp_composite_rules where fingerprint = c.rules)
           > coalesce((select number from mp_composite_rules where fingerprint = $2), 0)
     and c.holder <> $3
     and exists (
       select from mp_member where consumer = c.holder and heartbeat_at > clock_timestamp() - $4::int * interval '1 millisecond'
     )
),
gone as (
  delete from mp_composite where scope <> all($1::text[]) and scope not in (select scope from newer)
),
forgotten as (
  delete from mp_composite_history
   where ctid = any(array(
     select ctid from mp_composite_history
      where scope <> all($1::text[]) and scope not in (select scope from newer) limit 1000
   ))
)
select not exists (select from mp_composite where scope <> all($1::text[]))
   and not exists (select from mp_composite_history where scope <> all($1::text[])) as tidy;
