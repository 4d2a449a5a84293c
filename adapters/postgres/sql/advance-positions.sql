-- Remember how far a consumer has committed each stream. $1 text consumer, $2 text[] streams, $3 bigint[] entry milliseconds, $4 bigint[] entry
-- sequence numbers. Never goes back: claimed entries may be older than what the consumer read itself.
insert into mp_position as p (stream, consumer, entry_ms, entry_seq)
select i.stream, $1, i.entry_ms, i.entry_seq from unnest($2::text[], $3::bigint[], $4::bigint[]) as i(stream, entry_ms, entry_seq)
 order by i.stream collate "C"
    on conflict (stream, consumer) do update
   set entry_ms = excluded.entry_ms, entry_seq = excluded.entry_seq, committed_at = clock_timestamp()
 where (p.entry_ms, p.entry_seq) < (excluded.entry_ms, excluded.entry_seq);
