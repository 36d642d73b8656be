{{ config(severity='warn') }}
-- The same sale, to the microsecond, under two numbers.
select book_id, created_at, quantity, total_amount, channel, customer_type, region, count(*) as times
from {{ ref('stg_sales') }}
group by all
having count(*) > 1
