-- Activated and filled_cart are the steps in the product, customers and repeat_customers those at the till: one can buy
-- without a cart event (by phone, from an e-mail), so each pair narrows by itself, within those who signed up.
with users as (
    select
        date_trunc('month', users.signup_date) as signup_month,
        users.referrer,
        coalesce(activity.sessions, 0) > 0 as activated,
        coalesce(activity.cart_events, 0) > 0 as intended,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.revenue_usd, 0) as revenue_usd
    from {{ ref('stg_users') }} as users
    left join {{ ref('int_user_activity') }} as activity using (user_id)
    left join {{ ref('int_user_orders') }} as orders using (user_id)
),

stages as (
    select
        cast(signup_month as date) as signup_month,
        referrer,
        cast(count(*) as integer) as signed_up,
        cast(count(*) filter (activated) as integer) as activated,
        cast(count(*) filter (activated and intended) as integer) as filled_cart,
        cast(count(*) filter (orders > 0) as integer) as customers,
        cast(count(*) filter (orders > 1) as integer) as repeat_customers,
        cast(sum(revenue_usd) as decimal(18, 2)) as revenue_usd
    from users
    group by all
)

select
    *,
    cast(round(activated / signed_up, 4) as decimal(5, 4)) as activation_rate,
    cast(round(customers / signed_up, 4) as decimal(5, 4)) as conversion_rate,
    cast(round(revenue_usd / signed_up, 2) as decimal(18, 2)) as revenue_per_signup_usd
from stages
