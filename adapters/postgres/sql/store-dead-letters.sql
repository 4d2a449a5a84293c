-- Set entries aside with their reason, in the transaction of their batch. $1 text[] streams, $2 text[] entry ids, $3 text[] event types,
-- $4 text[] reasons, $5 text[] details (JSON arrays), $6 bytea[] raw entries, $7 int[] attempts.
-- An entry that is delivered again (committed, not yet acknowledged) stays one dead letter.
insert into mp_dead_letter as d (stream, entry_id, event_type, reason, details, raw, attempts)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[], $7::int[])
    on conflict (stream, entry_id) do update set attempts = greatest(d.attempts, excluded.attempts);
