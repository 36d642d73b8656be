-- The days add up to the facts since the start date.
with days as (
    select sum(transactions) as transactions, sum(units) as units, sum(revenue) as revenue
    from {{ ref('sales_performance_daily') }}
),

facts as (
    select count(*) as transactions, coalesce(sum(quantity), 0) as units, coalesce(sum(total_amount), 0) as revenue
    from {{ ref('fact_sales') }}
    where sale_date >= {{ start_day() }}
)

select *
from days cross join facts
where days.transactions is distinct from facts.transactions
    or days.units is distinct from facts.units
    or days.revenue is distinct from facts.revenue
