-- Forget rules that composites were calculated by long ago. $1 int how many of the newest are kept. Those of what stands stay as well.
-- A worker that still goes by forgotten ones is behind all that are left; but one that starts with them is taken for the newest, so many are kept.
delete from mp_composite_rules r
 where r.number <= (select number from mp_composite_rules order by number desc offset $1 limit 1)
   and not exists (select from mp_composite c where c.rules = r.fingerprint);
