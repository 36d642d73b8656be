select
    trim(transaction_id) as transaction_id,
    trim(book_id) as book_id,
    cast(sale_date as date) as sale_date,
    cast(quantity as integer) as quantity,
    cast(unit_price as decimal(12, 2)) as unit_price,
    cast(coalesce(discount_percent, 0) as decimal(5, 2)) as discount_percent,
    cast(total_amount as decimal(18, 2)) as total_amount,
    trim(channel) as channel,
    trim(customer_type) as customer_type,
    trim(region) as region,
    cast(created_at as timestamp) as created_at
from {{ source('raw', 'sales') }}
