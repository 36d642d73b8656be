-- A sale is a sale, a return, late or held, never two of them, and nothing that is set aside is in gold.
select transaction_id, count(*) as times, string_agg(place, ', ') as places
from (
  select transaction_id, 'sales_transactions' as place from {{ ref('sales_transactions') }}
  union all select transaction_id, 'returns_transactions' from {{ ref('returns_transactions') }}
  union all select transaction_id, 'held_sales' from {{ ref('held_sales') }}
  union all select transaction_id, 'late_sales' from {{ ref('late_sales') }}
)
group by transaction_id
having count(*) > 1
