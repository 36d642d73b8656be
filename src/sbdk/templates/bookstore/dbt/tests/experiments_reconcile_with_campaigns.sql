-- No campaign of an experiment is lost on the way to its analysis, and none counts twice.
with campaigns as (
  select
    experiment_id,
    sum(impressions) as impressions,
    sum(clicks) as clicks,
    sum(spend) as spend
  from {{ ref('stg_campaign_events') }}
  where experiment_id is not null
  group by experiment_id
)

select *
from campaigns
full join {{ ref('ab_test_lift_analysis') }} as analysis using (experiment_id)
where analysis.status is distinct from 'bad_counts'
  and (
    campaigns.impressions is distinct from control_impressions + treatment_impressions
    or campaigns.clicks is distinct from control_clicks + treatment_clicks
    or coalesce(abs(campaigns.spend - control_spend - treatment_spend) > 0.005, true)
  )
