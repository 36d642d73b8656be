-- Every accepted sale is matched or held, once, with the quantity and the amount that it came with.
with accepted as (
  select received, quantity, total_amount
  from {{ ref('bronze_sales') }}
  semi join (select received from {{ ref('sales_ledger') }} where bucket = 'accepted') as ledger using (received)
)

select received, accepted.total_amount as accepted, matched.total_amount as matched
from accepted full join {{ ref('sales_matched') }} as matched using (received)
where accepted.quantity is distinct from matched.quantity
  or accepted.total_amount is distinct from matched.total_amount
