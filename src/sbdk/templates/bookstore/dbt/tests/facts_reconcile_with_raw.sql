-- Of every day, as many sales, copies and money in the facts as in raw, and each described as its book is.
with facts as (
    select sale_date, count(*) as transactions, sum(quantity) as units, sum(total_amount) as amount
    from {{ ref('fact_sales') }}
    group by sale_date
),

sales as (
    select sale_date, count(*) as transactions, sum(quantity) as units, sum(total_amount) as amount
    from {{ ref('stg_sales') }}
    group by sale_date
)

select coalesce(facts.sale_date, sales.sale_date) as sale_date, facts.transactions, sales.transactions as raw_transactions,
    facts.amount, sales.amount as raw_amount
from facts
full join sales using (sale_date)
where facts.transactions is distinct from sales.transactions
    or facts.units is distinct from sales.units
    or facts.amount is distinct from sales.amount
