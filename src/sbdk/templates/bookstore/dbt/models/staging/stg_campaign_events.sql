select
    trim(campaign_id) as campaign_id,
    nullif(trim(experiment_id), '') as experiment_id,
    nullif(trim(treatment_group), '') as treatment_group,
    cast(coalesce(impressions, 0) as bigint) as impressions,
    cast(coalesce(clicks, 0) as bigint) as clicks,
    cast(coalesce(spend, 0) as decimal(18, 2)) as spend,
    cast(campaign_date as date) as campaign_date,
    cast(created_at as timestamp) as created_at
from {{ source('raw', 'campaign_events') }}
