-- How far streams are committed, by whichever consumer came furthest. $1 text[] streams. Streams without a commit are left out.
select distinct on (stream) stream, entry_ms || '-' || entry_seq as position
  from (select stream, entry_ms, entry_seq from mp_position union all select stream, entry_ms, entry_seq from mp_shard where entry_ms > 0) known
 where stream = any($1::text[])
 order by stream, entry_ms desc, entry_seq desc;
