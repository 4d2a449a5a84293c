-- The newest revision that was registered. While it is not in force, a worker is awaited: the first one of it marks every entity.
alter table mp_pipeline add column newest_revision int;
update mp_pipeline set newest_revision = (select max(revision) from mp_revision);
