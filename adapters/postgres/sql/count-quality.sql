-- Count validation findings for the data-quality report. $1 text[] event types, $2 text[] rules, $3 text[] severities, $4 bigint[] counts.
-- Rows are written in one order, last in their transaction, so that workers wait for each other shortly and never in a circle.
insert into mp_quality_count as q (day, event_type, rule, severity, count)
select (clock_timestamp() at time zone 'UTC')::date, i.event_type, i.rule, i.severity, i.count
  from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as i(event_type, rule, severity, count)
 order by i.event_type collate "C", i.rule collate "C"
    on conflict (day, event_type, rule) do update set count = q.count + excluded.count;
