-- Mark entities as dirty. $1 text[] entities, distinct; $2 timestamptz[] the earliest publication of what made each dirty.
-- Every mark gets a version that no mark had before: an evaluation deletes a mark only at the version it took, so a fact committed in the
-- meantime is never forgotten. first_dirty_at is never updated, so a hot entity's wait has a bound. Written in entity order: one lock order.
insert into mp_mark as m (entity, version, first_dirty_at, last_dirty_at, published_at)
select i.entity, nextval('mp_mark_version'), statement_timestamp(), statement_timestamp(), i.published_at
  from unnest($1::text[], $2::timestamptz[]) as i(entity, published_at)
 order by i.entity collate "C"
    on conflict (entity) do update
   set version = excluded.version, last_dirty_at = excluded.last_dirty_at, published_at = least(m.published_at, excluded.published_at);
