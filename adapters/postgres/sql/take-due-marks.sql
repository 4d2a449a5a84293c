-- Take entities that are due. $1 int quiet (ms), $2 int maxWait (ms), $3 int how many at most.
-- Due: no new fact for `quiet`, or dirty for `maxWait`, so that a hot entity does not starve. Oldest first. What another worker is evaluating
-- is skipped, not waited for; the row locks last until this evaluation commits.
select entity, version::text as version, (extract(epoch from published_at) * 1000000)::bigint::text as published_at,
       (extract(epoch from clock_timestamp() - first_dirty_at) * 1000)::float8 as age_ms
  from mp_mark
 where first_dirty_at <= statement_timestamp() - $1::int * interval '1 millisecond'
   and (last_dirty_at <= statement_timestamp() - $1::int * interval '1 millisecond'
        or first_dirty_at <= statement_timestamp() - $2::int * interval '1 millisecond')
 order by first_dirty_at
 limit $3
   for update skip locked;
