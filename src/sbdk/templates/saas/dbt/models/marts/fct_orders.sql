select
    orders.order_id,
    orders.user_id,
    orders.order_timestamp,
    orders.order_date,
    orders.order_sequence,
    orders.is_first_order,
    orders.days_since_signup,
    orders.product_category,
    orders.payment_method,
    orders.order_source,
    orders.discount_applied,
    orders.currency,
    orders.amount,
    orders.amount_usd,
    orders.user_tier,
    users.country,
    users.referrer
from {{ ref('stg_orders') }} as orders
left join {{ ref('stg_users') }} as users using (user_id)
