-- End a run. $1 run id, $2 state, $3 jsonb report.
update mp_run set state = $2, report = $3, finished_at = clock_timestamp(), heartbeat_at = clock_timestamp() where id = $1;
