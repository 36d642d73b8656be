with orders as (
    select
        order_date,
        count(*) as orders,
        count(*) filter (is_first_order) as first_orders,
        sum(amount_usd) as revenue_usd,
        sum(amount_usd) filter (product_category = 'subscription') as subscription_usd,
        sum(amount_usd) filter (product_category = 'addon') as addon_usd,
        sum(amount_usd) filter (product_category = 'renewal') as renewal_usd
    from {{ ref('fct_orders') }}
    group by order_date
)

select
    dates.date_day as revenue_date,
    cast(coalesce(orders.orders, 0) as integer) as orders,
    cast(coalesce(orders.first_orders, 0) as integer) as first_orders,
    cast(coalesce(orders.revenue_usd, 0) as decimal(18, 2)) as revenue_usd,
    cast(coalesce(orders.subscription_usd, 0) as decimal(18, 2)) as subscription_usd,
    cast(coalesce(orders.addon_usd, 0) as decimal(18, 2)) as addon_usd,
    cast(coalesce(orders.renewal_usd, 0) as decimal(18, 2)) as renewal_usd,
    cast(sum(coalesce(orders.revenue_usd, 0)) over (order by dates.date_day) as decimal(18, 2)) as cumulative_revenue_usd,
    cast(round(
        sum(coalesce(orders.revenue_usd, 0)) over (order by dates.date_day rows 6 preceding)
        / count(*) over (order by dates.date_day rows 6 preceding), 2
    ) as decimal(18, 2)) as average_7_days_usd
from {{ ref('dim_dates') }} as dates
left join orders on orders.order_date = dates.date_day
