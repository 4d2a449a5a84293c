-- Close the open faults of streams. $1 text[] streams.
update mp_stream_fault set healed_at = clock_timestamp() where healed_at is null and stream = any($1::text[]);
