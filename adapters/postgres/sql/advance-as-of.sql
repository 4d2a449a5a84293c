-- Let the pipeline's as-of follow its data. $1 timestamptz[] event times of a batch; of each day the earliest is enough. As-of becomes the UTC
-- midnight after the greatest of them. Monotone, and an event dated ahead of the database clock advances nothing, whatever it comes with.
-- Gives a row when as-of advanced: whether it was the first time.
update mp_as_of
   set as_of = date_trunc('day', latest.at, 'UTC') + interval '24 hours', advanced_at = clock_timestamp()
  from (select max(at) as at from unnest($1::timestamptz[]) as event(at) where at <= clock_timestamp()) latest
 where as_of is null or as_of < date_trunc('day', latest.at, 'UTC') + interval '24 hours'
returning old.as_of is null as is_first;
