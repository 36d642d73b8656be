-- Gold holds what silver loaded: each sale and return once, of the same sum.
with silver as (
  select transaction_id, total_amount from {{ ref('sales_transactions') }}
  union all select transaction_id, -returned_amount from {{ ref('returns_transactions') }}
)

select transaction_id, silver.total_amount as in_silver, facts.total_amount as in_gold
from silver full join {{ ref('denormalized_sales_facts') }} as facts using (transaction_id)
where silver.total_amount is distinct from facts.total_amount
