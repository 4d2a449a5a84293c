-- What a worker has done since started_at: for how long a batch or an evaluation was under way, and how many entries it acknowledged. Both only
-- grow until started_at moves, which means another process. Null of a worker that does not tell.
alter table mp_member add column busy_ms bigint check (busy_ms >= 0), add column entries_done bigint check (entries_done >= 0);
