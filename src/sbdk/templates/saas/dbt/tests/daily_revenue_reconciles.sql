-- The days add up to all orders, and the parts of each day to the day.
with days as (
    select
        sum(orders) as orders,
        sum(revenue_usd) as revenue,
        max(cumulative_revenue_usd) as cumulative,
        count(*) filter (revenue_usd <> subscription_usd + addon_usd + renewal_usd) as uneven_days
    from {{ ref('daily_revenue') }}
),

facts as (
    select count(*) as orders, coalesce(sum(amount_usd), 0) as revenue from {{ ref('fct_orders') }}
)

select *
from days cross join facts
where days.orders is distinct from facts.orders
    or days.revenue is distinct from facts.revenue
    or days.cumulative is distinct from facts.revenue
    or days.uneven_days > 0
