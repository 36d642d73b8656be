-- Nobody orders before they have signed up, and the whole days in between are counted right.
select orders.order_id, orders.user_id, orders.order_timestamp, users.created_at, orders.days_since_signup
from {{ ref('stg_orders') }} as orders
join {{ ref('stg_users') }} as users using (user_id)
where orders.order_timestamp < users.created_at
    or orders.days_since_signup is distinct from datesub('day', users.created_at, orders.order_timestamp)
