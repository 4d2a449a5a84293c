-- Tells a pipeline from another one of its name, in another schema or database: what both keep in one Redis bears this.
alter table mp_pipeline add column identity uuid not null default gen_random_uuid();
