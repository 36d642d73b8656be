-- Sales behind the watermark: kept aside, counted, in no gold table.
select sales.transaction_id, sales.store_id, sales.customer_id, sales.product_id, sales.event_time, sales.quantity,
  sales.unit_price, sales.total_amount, sales.payment_method, sales.discount_applied, sales.tax_amount,
  sales.source_file, sales.source_position, ledger.watermark
from {{ ref('sales_ledger') }} as ledger
join {{ ref('bronze_sales') }} as sales using (received)
where ledger.bucket = 'late'
