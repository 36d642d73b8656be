select
    user_id,
    cast(created_at as timestamp) as created_at,
    cast(created_at as date) as signup_date,
    name,
    email,
    email_domain,
    country,
    referrer,
    user_tier,
    signup_day_of_week,
    signup_hour,
    is_weekend_signup,
    activity_propensity,
    purchase_propensity
from {{ source('raw', 'raw_users') }}
