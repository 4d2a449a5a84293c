-- From when on facts are kept: earlier ones were removed, so a day whose windows begin before this instant cannot be computed any more.
create table mp_retention (
  id boolean primary key default true check (id),
  facts_since timestamptz
);
insert into mp_retention default values;
