-- Who may commit each shard of a sharded source, and how far it has come. Whoever takes a shard increments its token, and every commit names
-- the token it was begun under: a worker that was overtaken commits nothing. `generation` counts changes of the number of shards.
create table mp_shard (
  shard int primary key check (shard >= 0),
  stream text collate "C" not null unique,
  owner text collate "C",
  fencing_token bigint not null default 0,
  expires_at timestamptz not null default '-infinity',
  entry_ms bigint not null default 0,
  entry_seq numeric(20) not null default 0,
  committed_at timestamptz,
  generation int not null default 1
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- When a worker last shared in the shards; null while it does not. Membership is no matter of holding one, or newcomers would never get any.
alter table mp_member add column reads_at timestamptz;
