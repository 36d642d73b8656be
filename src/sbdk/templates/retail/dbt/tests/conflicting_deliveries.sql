{{ config(severity='warn') }}
-- Two records with one transaction_id are the same sale; if they differ, the first one was kept, and somebody should look.
select second.transaction_id, second.received
from {{ ref('sales_ledger') }} as ledger
join {{ ref('bronze_sales') }} as second using (received)
join {{ ref('bronze_sales') }} as first
  on first.transaction_id = second.transaction_id and first.received < second.received
join {{ ref('sales_ledger') }} as kept on kept.received = first.received and kept.bucket in ('accepted', 'late')
where ledger.bucket = 'duplicate'
  and (first.store_id, first.customer_id, first.product_id, first.event_time, first.quantity, first.total_amount)
    is distinct from (second.store_id, second.customer_id, second.product_id, second.event_time, second.quantity, second.total_amount)
