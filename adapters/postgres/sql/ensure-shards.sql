-- Make the rows of a pipeline's shards. $1 text[] their streams, in shard order. Gives the streams of all shards there are now, in order: other
-- ones than asked for where the schema was made for another prefix or another number.
with made as (
  insert into mp_shard (shard, stream)
  select i.n - 1, i.stream from unnest($1::text[]) with ordinality as i(stream, n) on conflict do nothing
  returning shard, stream
)
select stream from (select shard, stream from mp_shard union all select shard, stream from made) known order by shard;
