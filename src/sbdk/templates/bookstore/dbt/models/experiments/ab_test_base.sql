-- The campaigns that belong to an experiment, and the share of its impressions that its treatment was meant to have.
select
  campaign_id,
  experiment_id,
  treatment_group,
  cast(campaign_date as date) as campaign_date,
  cast(impressions as bigint) as impressions,
  cast(clicks as bigint) as clicks,
  spend,
  clicks / nullif(impressions, 0) as ctr,
  spend / nullif(clicks, 0) as cpc,
  coalesce(planned.shares[experiment_id], 0.5) as planned_share
from {{ ref('stg_campaign_events') }}
cross join (
  select cast(
    map {
      {%- for experiment, share in var('planned_treatment_shares', {}).items() -%}
      '{{ experiment }}': {{ share }}{{ ', ' if not loop.last }}
      {%- endfor -%}
    } as map(varchar, double)
  ) as shares
) as planned
where experiment_id is not null
