-- Let the pipeline's as-of follow its data. $1 timestamptz the greatest event time of a batch. As-of becomes the UTC midnight after it.
-- Monotone, and an event dated ahead of the database clock advances nothing.
update mp_as_of
   set as_of = date_trunc('day', $1::timestamptz, 'UTC') + interval '24 hours', advanced_at = clock_timestamp()
 where $1::timestamptz <= clock_timestamp()
   and (as_of is null or as_of < date_trunc('day', $1::timestamptz, 'UTC') + interval '24 hours');
