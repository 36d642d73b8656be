{{ config(materialized='table') }}
-- Accepted sales with the version of each dimension that was valid at event_time; null while it has not come.
with sales as (
  select transaction_id, store_id, customer_id, product_id, event_time, quantity, unit_price, total_amount,
    payment_method, discount_applied, tax_amount, received, source_file, source_position
  from {{ ref('bronze_sales') }}
  semi join (select received from {{ ref('sales_ledger') }} where bucket = 'accepted') using (received)
)

select sales.*, stores.valid_from as store_version, customers.valid_from as customer_version,
  products.valid_from as product_version
from sales
asof left join {{ ref('stores') }} as stores
  on sales.store_id = stores.store_id and sales.event_time >= stores.valid_from
asof left join {{ ref('customers') }} as customers
  on sales.customer_id = customers.customer_id and sales.event_time >= customers.valid_from
asof left join {{ ref('products') }} as products
  on sales.product_id = products.product_id and sales.event_time >= products.valid_from
