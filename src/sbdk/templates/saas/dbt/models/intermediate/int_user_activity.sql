select
    user_id,
    cast(count(*) as integer) as sessions,
    cast(sum(events) as integer) as events,
    cast(sum(pageviews) as integer) as pageviews,
    cast(sum(cart_events) as integer) as cart_events,
    cast(sum(purchase_events) as integer) as purchase_events,
    min(started_at) as first_event_at,
    max(ended_at) as last_event_at
from {{ ref('int_sessions') }}
group by user_id
