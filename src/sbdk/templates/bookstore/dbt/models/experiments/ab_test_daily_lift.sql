-- The lift of each day: what a chart of its course needs. log_ratio has about the normal distribution, and its standard
-- error comes from the delta method (Katz et al. 1978).
with days as (
  select
    experiment_id,
    campaign_date,
    {% for group in ['control', 'treatment'] -%}
    cast(coalesce(sum(impressions) filter (treatment_group = '{{ group }}'), 0) as bigint) as {{ group }}_impressions,
    cast(coalesce(sum(clicks) filter (treatment_group = '{{ group }}'), 0) as bigint) as {{ group }}_clicks,
    {% endfor -%}
  from {{ ref('ab_test_base') }}
  group by experiment_id, campaign_date
),

rates as (
  select
    *,
    control_clicks / nullif(control_impressions, 0) as control_ctr,
    treatment_clicks / nullif(treatment_impressions, 0) as treatment_ctr
  from days
)

select
  *,
  treatment_ctr / nullif(control_ctr, 0) - 1 as relative_lift,
  ln(nullif(treatment_ctr, 0) / nullif(control_ctr, 0)) as log_ratio,
  sqrt(
    (1 - treatment_ctr) / nullif(treatment_clicks, 0) + (1 - control_ctr) / nullif(control_clicks, 0)
  ) as standard_error
from rates
