-- The fact holds the orders that were loaded: as many, and of the same sum, in each currency.
with loaded as (
    select currency, count(*) as orders, sum(cast(amount as decimal(12, 2))) as amount
    from {{ source('raw', 'raw_orders') }}
    group by currency
),

kept as (
    select currency, count(*) as orders, sum(amount) as amount
    from {{ ref('fct_orders') }}
    group by currency
)

select *
from loaded full join kept using (currency)
where loaded.orders is distinct from kept.orders or loaded.amount is distinct from kept.amount
