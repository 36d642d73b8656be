select
    users.user_id,
    users.name,
    users.email,
    users.email_domain,
    users.country,
    users.referrer,
    users.user_tier,
    users.created_at,
    users.signup_date,
    cast(date_trunc('month', users.signup_date) as date) as signup_month,
    users.is_weekend_signup,
    cast(date_diff('day', users.signup_date, {{ last_day() }}) as integer) as account_age_days,
    activity.first_event_at,
    activity.last_event_at,
    orders.first_order_at,
    orders.last_order_at,
    orders.user_id is not null as is_customer
from {{ ref('stg_users') }} as users
left join {{ ref('int_user_activity') }} as activity using (user_id)
left join {{ ref('int_user_orders') }} as orders using (user_id)
