-- Store a scope's composite, unless a greater fence was here, or another one too short a time ago. $1 text scope, $2 bigint fence,
-- $3 timestamptz as-of, $4 numeric value, $5 bigint sample size, $6 jsonb inputs, $7 text holder, $8 bigint the shortest interval (ms),
-- $9 int how many are kept of a scope, $10 text the fingerprint of the rules that it was calculated by, $11 bigint the greatest age (ms),
-- $12 int how long a silent worker counts (ms). Gives a row when it was stored.
-- The times are taken where the row is locked: what waits for another one sees when that was committed. An as-of never goes back either:
-- of two attempts the one with the greater fence may have looked at the clock first.
-- What newer rules gave stands above what older ones give, while the worker that gave it is alive and another one than this, and it is not too old:
-- of a rollout that is taken back the newer rules are the former ones, and nobody goes by them once its workers are gone.
with stored as (
  insert into mp_composite as c (scope, fence, as_of, committed_at, value, sample_size, inputs, holder, rules)
  values ($1, $2, $3, clock_timestamp(), $4, $5, $6, $7, $10)
      on conflict (scope) do update
     set fence = excluded.fence, as_of = excluded.as_of, committed_at = clock_timestamp(), value = excluded.value,
         sample_size = excluded.sample_size, inputs = excluded.inputs, holder = excluded.holder, rules = excluded.rules
   where c.fence < excluded.fence
     and c.as_of < excluded.as_of
     and c.committed_at <= clock_timestamp() - $8::bigint * interval '1 millisecond'
     and (
       coalesce((select number from mp_composite_rules where fingerprint = c.rules), 0)
         <= coalesce((select number from mp_composite_rules where fingerprint = excluded.rules), 0)
       or c.as_of < clock_timestamp() - $11::bigint * interval '1 millisecond'
       or c.holder = excluded.holder
       or not exists (
         select from mp_member where consumer = c.holder and heartbeat_at > clock_timestamp() - $12::int * interval '1 millisecond'
       )
     )
  returning c.*
),
remembered as (
  insert into mp_composite_history (scope, fence, as_of, committed_at, value, sample_size, inputs, holder, rules)
  select scope, fence, as_of, committed_at, value, sample_size, inputs, holder, rules from stored
),
forgotten as (
  delete from mp_composite_history h
   using stored
   where h.scope = stored.scope
     and h.fence = any(array(
       select fence from mp_composite_history
        where scope = $1
          and fence <= (select fence from mp_composite_history where scope = $1 order by fence desc offset $9::int - 1 limit 1)
        order by fence limit 1000 -- a few at a time, where fewer are to be kept than before
     ))
)
select fence from stored;
