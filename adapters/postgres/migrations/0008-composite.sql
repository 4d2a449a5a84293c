-- The composite of each scope as it stands. A scope is `pipeline`, or `<group>=<value>`. Whoever stores one shows a fence: only a greater one
-- replaces what is here, and only after the shortest interval.
create table mp_composite (
  scope text collate "C" primary key,
  fence bigint not null check (fence > 0),
  as_of timestamptz not null,
  committed_at timestamptz not null,
  value numeric,
  sample_size bigint not null check (sample_size >= 0),
  inputs jsonb not null check (jsonb_typeof(inputs) = 'object'),
  holder text not null
);
-- The last composites of each scope, the one that stands among them. As many are kept as the pipeline says.
create table mp_composite_history (
  scope text collate "C" not null,
  fence bigint not null,
  as_of timestamptz not null,
  committed_at timestamptz not null,
  value numeric,
  sample_size bigint not null,
  inputs jsonb not null,
  holder text not null,
  primary key (scope, fence)
);
