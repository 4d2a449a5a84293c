-- What waits for evaluation: marks, and the age of the oldest in seconds (null when there is none). No parameters.
select count(*)::int as marks, extract(epoch from clock_timestamp() - min(first_dirty_at))::float8 as oldest_seconds from mp_mark;
