-- Every gold table adds up to the facts.
with facts as (
  select count(*) as records, sum(total_amount) as amount from {{ ref('denormalized_sales_facts') }}
)

select told.*, facts.*
from (
  select 'sales_by_store_window' as name, sum(sales + returns) as told, sum(net_amount) as net from {{ ref('sales_by_store_window') }}
  union all select 'daily_sales_by_store', sum(sales + returns), sum(net_amount) from {{ ref('daily_sales_by_store') }}
  union all select 'product_performance', sum(sales + returns), sum(net_amount) from {{ ref('product_performance') }}
  union all select 'customer_lifetime_value', sum(sales + returns), sum(lifetime_value) from {{ ref('customer_lifetime_value') }}
) as told
cross join facts
where told.told is distinct from facts.records or told.net is distinct from facts.amount
