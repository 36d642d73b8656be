-- Recency, frequency and monetary value, and what follows from them. Days are counted from the day to the last day before the clock.
with measured as (
    select
        users.user_id,
        coalesce(orders.revenue_usd, 0) as lifetime_value,
        date_diff('day', cast(orders.last_order_at as date), {{ last_day() }}) as recency,
        coalesce(orders.orders, 0) as frequency,
        coalesce(orders.revenue_usd / orders.orders, 0) as monetary_value,
        date_diff(
            'day',
            cast(greatest(users.created_at, activity.last_event_at, orders.last_order_at) as date),
            {{ last_day() }}
        ) as days_inactive
    from {{ ref('stg_users') }} as users
    left join {{ ref('int_user_activity') }} as activity using (user_id)
    left join {{ ref('int_user_orders') }} as orders using (user_id)
)

select
    user_id,
    cast(lifetime_value as decimal(18, 2)) as lifetime_value,
    cast(recency as integer) as recency,
    cast(frequency as integer) as frequency,
    cast(round(monetary_value, 2) as decimal(18, 2)) as monetary_value,
    cast(days_inactive as integer) as days_inactive,
    case
        when frequency = 0 then 'prospect'
        when recency > 180 then 'lapsed'
        when recency > 90 then 'at_risk'
        when frequency >= 4 then 'loyal'
        when frequency >= 2 then 'repeat'
        else 'new'
    end as segment,
    case
        when days_inactive > 90 then 'high'
        when days_inactive > 30 then 'medium'
        else 'low'
    end as churn_risk
from measured
