-- Day by day the activity of all users adds up to the events and to the orders of that day.
with events as (
    select cast(event_at as date) as day, count(*) as events
    from {{ ref('stg_events') }}
    group by day
),

orders as (
    select order_date as day, count(*) as orders, sum(amount_usd) as revenue
    from {{ ref('fct_orders') }}
    group by day
),

activity as (
    select activity_date as day, sum(total_events) as events, sum(order_count) as orders, sum(total_revenue) as revenue
    from {{ ref('fct_user_daily_activity') }}
    group by day
)

select day, activity.events, events.events as events_staged, activity.revenue, orders.revenue as revenue_ordered
from activity
full join events using (day)
full join orders using (day)
where coalesce(activity.events, 0) <> coalesce(events.events, 0)
    or coalesce(activity.orders, 0) <> coalesce(orders.orders, 0)
    or coalesce(activity.revenue, 0) <> coalesce(orders.revenue, 0)
