-- One row per tutor, calculation and window, in the columns of the daily aggregation's document: the daily history and the live row.
-- `metric_id` is stable: a rerun of a day keeps it. Rows of entities without facts are left out.
select 'daily_' || md5(d.entity || ' ' || d.day || ' :days') as metric_id,
       d.entity as tutor_id, d.as_of as calculation_date, ':daysday' as "window",
       d.sessions_completed_:daysd::int as sessions_completed, d.avg_rating_:daysd as avg_rating,
       d.first_session_success_rate_:daysd as first_session_success_rate, d.reschedule_rate_:daysd as reschedule_rate,
       d.no_show_count_:daysd::int as no_show_count, d.engagement_score_:daysd as engagement_score,
       d.learning_objectives_met_pct_:daysd as learning_objectives_met_pct,
       d.response_time_avg_minutes_:daysd as response_time_avg_minutes, d.tier_:daysd as performance_tier,
       d.evaluated_at as created_at, d.evaluated_at as updated_at
  from tutor_metrics_daily d where d.facts > 0
union all
select 'live_' || md5(r.entity || ' :days') as metric_id,
       r.entity as tutor_id, r.as_of as calculation_date, ':daysday' as "window",
       r.sessions_completed_:daysd::int as sessions_completed, r.avg_rating_:daysd as avg_rating,
       r.first_session_success_rate_:daysd as first_session_success_rate, r.reschedule_rate_:daysd as reschedule_rate,
       r.no_show_count_:daysd::int as no_show_count, r.engagement_score_:daysd as engagement_score,
       r.learning_objectives_met_pct_:daysd as learning_objectives_met_pct,
       r.response_time_avg_minutes_:daysd as response_time_avg_minutes, r.tier_:daysd as performance_tier,
       r.evaluated_at as created_at, r.evaluated_at as updated_at
  from tutor_metrics r where r.facts > 0;
