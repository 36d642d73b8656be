-- Each rate holds from its date to the day before the next one; orders older than the first rate take the first.
with rates as (
    select
        currency,
        usd_per_unit,
        case when row_number() over by_date = 1 then date '-infinity' else rate_date end as valid_from,
        lead(rate_date, 1, date 'infinity') over by_date as valid_to
    from {{ ref('exchange_rates') }}
    window by_date as (partition by currency order by rate_date)
),

orders as (
    select *, cast(order_timestamp as date) as order_date
    from {{ source('raw', 'raw_orders') }}
)

select
    orders.order_id,
    orders.user_id,
    orders.order_sequence,
    orders.is_first_order,
    cast(orders.order_timestamp as timestamp) as order_timestamp,
    orders.order_date,
    orders.days_since_signup,
    orders.product_category,
    orders.payment_method,
    orders.order_source,
    orders.discount_applied,
    orders.user_tier,
    orders.currency,
    cast(orders.amount as decimal(12, 2)) as amount,
    cast(round(cast(orders.amount as decimal(12, 2)) * rates.usd_per_unit, 2) as decimal(18, 2)) as amount_usd
from orders
left join rates
    on rates.currency = orders.currency
    and orders.order_date >= rates.valid_from
    and orders.order_date < rates.valid_to
