-- Remove what scopes have left that are no longer there. $1 text[] the scopes that there are. Of their history a thousand at a time: as many rows
-- as it gives back, there may be more.
with gone as (
  delete from mp_composite where scope <> all($1::text[])
)
delete from mp_composite_history
 where ctid = any(array(select ctid from mp_composite_history where scope <> all($1::text[]) limit 1000));
