-- The days of an experiment are all of it.
with days as (
  select
    experiment_id,
    sum(control_clicks) as control_clicks,
    sum(treatment_clicks) as treatment_clicks,
    sum(control_impressions) as control_impressions,
    sum(treatment_impressions) as treatment_impressions,
    count(*) filter (standard_error is not null) as days_with_clicks
  from {{ ref('ab_test_daily_lift') }}
  group by experiment_id
)

select analysis.experiment_id, days.*
from {{ ref('ab_test_lift_analysis') }} as analysis
left join days using (experiment_id)
where analysis.status <> 'bad_counts'
  and (
    days.control_clicks is distinct from analysis.control_clicks
    or days.treatment_clicks is distinct from analysis.treatment_clicks
    or days.control_impressions is distinct from analysis.control_impressions
    or days.treatment_impressions is distinct from analysis.treatment_impressions
    or days.days_with_clicks < analysis.novelty_days
  )
