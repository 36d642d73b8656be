select
    user_id,
    cast(count(*) as integer) as orders,
    min(order_timestamp) as first_order_at,
    max(order_timestamp) as last_order_at,
    cast(sum(amount_usd) as decimal(18, 2)) as revenue_usd
from {{ ref('stg_orders') }}
group by user_id
