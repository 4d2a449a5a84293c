-- Take a worker off the list, and forget whoever has been silent for a day: on the list, and where positions are kept, of which only the greatest
-- of each stream means something. $1 text consumer.
with positions as (
  delete from mp_position p
   where committed_at < clock_timestamp() - interval '1 day'
     and exists (select from mp_position q where q.stream = p.stream and (q.entry_ms, q.entry_seq) > (p.entry_ms, p.entry_seq))
)
delete from mp_member where consumer = $1 or heartbeat_at < clock_timestamp() - interval '1 day';
