-- Returns: a negative quantity means that goods came back. Shown as positive numbers.
select transaction_id, store_id, customer_id, product_id, event_time, -quantity as returned_quantity, unit_price,
  -total_amount as returned_amount, payment_method, discount_applied, -tax_amount as returned_tax, store_version,
  customer_version, product_version, source_file, source_position
from {{ ref('sales_matched') }}
where store_version is not null and customer_version is not null and product_version is not null
  and quantity < 0
