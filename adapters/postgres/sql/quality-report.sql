-- What the data-quality report counts. $1 date from, $2 date to, both inclusive (UTC days of arrival). Warnings by rule, dead letters by reason.
select event_type, rule, severity, sum(count)::int as count
  from mp_quality_count where day between $1::date and $2::date
 group by 1, 2, 3
union all
select coalesce(event_type, '?'), reason, 'dead-letter', count(*)::int
  from mp_dead_letter where created_at >= ($1::date)::timestamp at time zone 'UTC' and created_at < ($2::date + 1)::timestamp at time zone 'UTC'
 group by 1, 2
 order by 3, 4 desc, 1, 2;
