{{ config(materialized='view') }}
-- Every sale and return that is loaded, with each dimension as it was at event_time. A view, since silver keeps it up.
select
  transaction_id, event_time, quantity < 0 as is_return, quantity, unit_price, total_amount, payment_method,
  discount_applied, tax_amount,
  store_id, store_name, store_address, store_manager, store_status,
  customer_id, customer_name, customer_email, customer_address, customer_loyalty_points, customer_age,
  customer_gender, customer_join_date,
  product_id, product_name, product_category, product_brand, product_price, product_size, product_color,
  store_version, customer_version, product_version
from {{ ref('sales_matched') }}
where store_version is not null and customer_version is not null and product_version is not null
