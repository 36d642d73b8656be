-- Each arm of each experiment. CTR and CPC are ratios of sums: the mean of the campaigns' own would weigh a campaign of
-- a thousand impressions as much as one of ten thousand.
select
  experiment_id,
  treatment_group,
  count(*) as campaigns,
  count(distinct campaign_date) as days,
  min(campaign_date) as first_date,
  max(campaign_date) as last_date,
  cast(sum(impressions) as bigint) as impressions,
  cast(sum(clicks) as bigint) as clicks,
  sum(spend) as spend,
  sum(clicks) / nullif(sum(impressions), 0) as ctr,
  sum(spend) / nullif(sum(clicks), 0) as cpc,
  any_value(planned_share) as planned_share
from {{ ref('ab_test_base') }}
group by experiment_id, treatment_group
