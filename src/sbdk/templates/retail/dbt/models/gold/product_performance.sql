-- What each product sold, under the name that it has now. Products that never sold are there too.
with sold as (
  select product_id, {{ sales_sums() }}, count(distinct store_id) as stores, max(event_time) as last_sold_at
  from {{ ref('denormalized_sales_facts') }}
  group by product_id
)

select products.product_id, products.name, products.category, products.brand, products.price, products.stock_quantity,
  coalesce(sold.sales, 0) as sales, coalesce(sold.quantity, 0) as quantity, coalesce(sold.sales_amount, 0) as sales_amount,
  coalesce(sold.returns, 0) as returns, coalesce(sold.returned_quantity, 0) as returned_quantity,
  coalesce(sold.returned_amount, 0) as returned_amount, coalesce(sold.net_amount, 0) as net_amount,
  coalesce(sold.stores, 0) as stores, sold.last_sold_at,
  round(sold.returned_quantity / nullif(sold.quantity, 0), 4) as return_rate
from {{ ref('products_current') }} as products
left join sold using (product_id)
