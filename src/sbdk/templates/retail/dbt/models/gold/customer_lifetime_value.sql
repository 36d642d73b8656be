-- What each customer bought so far. Customers who never bought are there too.
with bought as (
  select customer_id, {{ sales_sums() }}, min(event_time) as first_purchase_at, max(event_time) as last_purchase_at
  from {{ ref('denormalized_sales_facts') }}
  group by customer_id
)

select customers.customer_id, customers.name, customers.email, customers.join_date, customers.loyalty_points,
  coalesce(bought.sales, 0) as sales, coalesce(bought.quantity, 0) as quantity,
  coalesce(bought.sales_amount, 0) as sales_amount, coalesce(bought.returns, 0) as returns,
  coalesce(bought.returned_amount, 0) as returned_amount, coalesce(bought.net_amount, 0) as lifetime_value,
  bought.first_purchase_at, bought.last_purchase_at,
  round(bought.sales_amount / nullif(bought.sales, 0), 2) as average_sale
from {{ ref('customers_current') }} as customers
left join bought using (customer_id)
