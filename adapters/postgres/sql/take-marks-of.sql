-- Read the marks of some entities, due or not. $1 text[] entities. For rows that follow their events at once.
select entity, version::text as version, (extract(epoch from published_at) * 1000000)::bigint::text as published_at,
       (extract(epoch from clock_timestamp() - first_dirty_at) * 1000)::float8 as age_ms, traceparent
  from mp_mark
 where entity = any($1::text[]);
