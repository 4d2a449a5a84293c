-- Remember how far a consumer has committed each stream. $1 text consumer, $2 text[] streams, $3 numeric[] entry milliseconds, $4 numeric[] entry
-- sequence numbers: Redis has them unsigned, and the greatest that a bigint holds stands for whatever lies beyond.
-- Never goes back: claimed entries may be older than what the consumer read itself.
insert into mp_position as p (stream, consumer, entry_ms, entry_seq)
select i.stream, $1, least(i.entry_ms, 9223372036854775807), least(i.entry_seq, 9223372036854775807)
  from unnest($2::text[], $3::numeric[], $4::numeric[]) as i(stream, entry_ms, entry_seq)
 order by i.stream collate "C"
    on conflict (stream, consumer) do update
   set entry_ms = excluded.entry_ms, entry_seq = excluded.entry_seq, committed_at = clock_timestamp()
 where (p.entry_ms, p.entry_seq) < (excluded.entry_ms, excluded.entry_seq);
