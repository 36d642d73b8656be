select
    session_id,
    min(user_id) as user_id,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    cast(count(*) as integer) as events,
    cast(count(*) filter (event_type = 'pageview') as integer) as pageviews,
    cast(count(*) filter (event_type = 'add_to_cart') as integer) as cart_events,
    cast(count(*) filter (event_type = 'purchase') as integer) as purchase_events,
    min(device_type) as device_type,
    min(browser) as browser
from {{ ref('stg_events') }}
group by session_id
