-- Accepted sales that wait for a dimension: its record has not come yet. They move on by themselves once it has.
select transaction_id, store_id, customer_id, product_id, event_time, quantity, unit_price, total_amount, payment_method,
  discount_applied, tax_amount, source_file, source_position,
  concat_ws(', ', case when store_version is null then 'store' end, case when customer_version is null then 'customer' end,
    case when product_version is null then 'product' end) as waits_for
from {{ ref('sales_matched') }}
where not (store_version is not null and customer_version is not null and product_version is not null)
