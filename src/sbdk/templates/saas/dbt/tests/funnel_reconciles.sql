-- Every user is in the funnel once, every customer too, and no dollar is lost.
select *
from (
    select sum(signed_up) as users, sum(customers) as customers, sum(revenue_usd) as revenue
    from {{ ref('acquisition_funnel') }}
) as funnel
cross join (
    select count(*) as users, count(*) filter (frequency > 0) as customers, sum(lifetime_value) as revenue
    from {{ ref('user_metrics') }}
) as users
where funnel.users is distinct from users.users
    or funnel.customers is distinct from users.customers
    or funnel.revenue is distinct from users.revenue
