-- Mark entities as dirty. $1 text[] entities, distinct; $2 timestamptz[] the earliest publication of what made each dirty; $3 text[] the
-- traceparent of the batch where an event of it is traced, null where none is, or empty where none is at all.
-- Every mark gets a version that no mark had before: an evaluation deletes a mark only at the version it took, so a fact committed in the
-- meantime is never forgotten. first_dirty_at is never updated, so a hot entity's wait has a bound. Written in entity order: one lock order.
insert into mp_mark as m (entity, version, first_dirty_at, last_dirty_at, published_at, traceparent)
select i.entity, nextval('mp_mark_version'), statement_timestamp(), statement_timestamp(), i.published_at, i.traceparent
  from unnest($1::text[], $2::timestamptz[], $3::text[]) as i(entity, published_at, traceparent)
 order by i.entity collate "C"
    on conflict (entity) do update
   set version = excluded.version, last_dirty_at = excluded.last_dirty_at, published_at = least(m.published_at, excluded.published_at),
       traceparent = coalesce(excluded.traceparent, m.traceparent);
