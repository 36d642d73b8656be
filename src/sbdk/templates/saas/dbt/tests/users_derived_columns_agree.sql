-- What is derived from a column agrees with it.
select *
from {{ ref('stg_users') }}
where email_domain is distinct from split_part(email, '@', 2)
    or signup_day_of_week is distinct from dayname(created_at)
    or signup_hour is distinct from hour(created_at)
    or is_weekend_signup is distinct from (isodow(created_at) >= 6)
