-- Read which entities are due. $1 int quiet (ms), $2 int maxWait (ms), $3 int how many at most, $4 int slices, $5 int this worker's slice,
-- $6 text[] entities to leave alone.
-- Due: no new fact for `quiet`, or dirty for `maxWait`, so that a hot entity does not starve. Oldest first.
-- Workers share the entities by slices of their hash, and lock nothing: a lock here would hold up every batch that marks one of these entities
-- until its row is computed. Should two evaluate the same entity after all, the evaluation number decides and nothing is lost.
select entity, version::text as version, (extract(epoch from published_at) * 1000000)::bigint::text as published_at,
       (extract(epoch from clock_timestamp() - first_dirty_at) * 1000)::float8 as age_ms, traceparent
  from mp_mark
 where first_dirty_at <= statement_timestamp() - $1::int * interval '1 millisecond'
   and (last_dirty_at <= statement_timestamp() - $1::int * interval '1 millisecond'
        or first_dirty_at <= statement_timestamp() - $2::int * interval '1 millisecond')
   and ($4::int = 1 or (hashtext(entity) & 2147483647) % $4::int = $5::int)
   and entity <> all($6::text[])
 order by first_dirty_at
 limit $3;
