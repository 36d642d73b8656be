-- The orders of a user are numbered 1, 2, 3 … without a gap.
select user_id, count(*) as orders, max(order_sequence) as last_number
from {{ ref('stg_orders') }}
group by user_id
having min(order_sequence) is distinct from 1
    or max(order_sequence) is distinct from count(*)
    or sum(order_sequence) is distinct from count(*) * (count(*) + 1) // 2
