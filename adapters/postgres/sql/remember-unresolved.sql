-- Remember references whose fact has not come yet. $1 text[] types, $2 text[] ids. Every evaluation tick looks whether they have.
-- In the same transaction as the facts that refer to them, so that a reference is never known to nobody. One that is known already is locked:
-- it must not be resolved, and so forgotten, by somebody who cannot see this transaction's facts yet.
insert into mp_unresolved_reference as u (type, reference)
select i.type, i.reference from unnest($1::text[], $2::text[]) as i(type, reference)
 order by i.type collate "C", i.reference collate "C"
    on conflict (type, reference) do update set first_seen_at = u.first_seen_at;
