-- Sales per store and UTC day of event_time.
select
  store_id,
  cast(event_time as date) as day,
  {{ sales_sums() }},
  count(distinct customer_id) as customers,
  sum(tax_amount)::decimal(18, 2) as tax_amount,
  coalesce(sum(discount_applied) filter (not is_return), 0)::decimal(18, 2) as discount_amount
from {{ ref('denormalized_sales_facts') }}
group by all
