-- Hold the pipeline's current revision for the length of a transaction. $1 the revision the caller was started for.
-- No row: another revision is in force, so the caller must commit and acknowledge nothing. The share lock makes a flip to a new revision
-- wait for commits under way, so no fact is written by a definition that is no longer in force.
select revision from mp_pipeline where revision = $1 for share;
