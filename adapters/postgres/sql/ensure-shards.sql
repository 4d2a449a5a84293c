-- Make the rows of a pipeline's shards. $1 text[] their streams, in shard order. Gives the streams of all shards there are now, in order: other
-- ones than asked for where the schema was made for another prefix or another number. Inserts nothing where a row is there: a conflict with a
-- row that somebody is committing would wait for that commit, and a worker could not start while another one is stuck in the middle of one.
with made as (
  insert into mp_shard (shard, stream)
  select i.n - 1, i.stream from unnest($1::text[]) with ordinality as i(stream, n)
   where not exists (select from mp_shard known where known.shard = i.n - 1 or known.stream = i.stream)
      on conflict do nothing
  returning shard, stream
)
select stream from (select shard, stream from mp_shard union all select shard, stream from made) known order by shard;
