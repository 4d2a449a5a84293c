-- Take a worker off the list of those that share the shards. $1 text consumer. It may still evaluate.
update mp_member set reads_at = null where consumer = $1 and reads_at is not null;
