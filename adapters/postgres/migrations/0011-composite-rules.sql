-- The rules by which composites were calculated, formula and weights and how often; of two the greater number is the newer one.
create table mp_composite_rules (
  number bigint generated always as identity primary key,
  fingerprint text collate "C" not null unique,
  rules jsonb not null,
  first_used_at timestamptz not null default clock_timestamp()
);
-- By which of them, as a fingerprint; null of what was stored before this was noted.
alter table mp_composite add column rules text collate "C";
alter table mp_composite_history add column rules text collate "C";
