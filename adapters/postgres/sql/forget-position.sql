-- Begin a stream's positions anew, where its entries are others than those that were committed. $1 text stream.
with shards as (
  update mp_shard set entry_ms = 0, entry_seq = 0 where stream = $1
)
delete from mp_position where stream = $1;
