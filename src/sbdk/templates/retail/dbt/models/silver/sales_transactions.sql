-- Sales proper: accepted, all dimensions known, and no return.
select transaction_id, store_id, customer_id, product_id, event_time, quantity, unit_price, total_amount, payment_method,
  discount_applied, tax_amount, store_version, customer_version, product_version, source_file, source_position
from {{ ref('sales_matched') }}
where store_version is not null and customer_version is not null and product_version is not null
  and quantity >= 0
