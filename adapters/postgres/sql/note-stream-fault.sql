-- Note a fault of a stream. $1 text stream, $2 text kind, $3 text detail. One that is open already is counted once more.
insert into mp_stream_fault as f (stream, kind, detail) values ($1, $2, $3)
    on conflict (stream, kind) where healed_at is null do update
   set detail = excluded.detail, times = f.times + 1, last_seen_at = clock_timestamp();
