-- Note what a run has done, in the transaction that did it. $1 run id, $2 the last entity done, $3 entities that succeeded, $4 failed,
-- $5 skipped.
update mp_run
   set last_entity = $2, total = total + $3::int + $4::int + $5::int, successful = successful + $3::int, failed = failed + $4::int,
       skipped = skipped + $5::int, heartbeat_at = clock_timestamp()
 where id = $1;
