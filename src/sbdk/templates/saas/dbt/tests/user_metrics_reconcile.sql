-- What all users are worth is what all orders brought in, in number and in dollars.
select *
from (select sum(frequency) as orders, sum(lifetime_value) as revenue from {{ ref('user_metrics') }}) as users
cross join (select count(*) as orders, coalesce(sum(amount_usd), 0) as revenue from {{ ref('fct_orders') }}) as facts
where users.orders is distinct from facts.orders or users.revenue is distinct from facts.revenue
