with calendar as (
    select cast(day as date) as sale_date
    from generate_series(
        cast({{ start_day() }} as timestamp), cast({{ last_day() }} as timestamp), interval 1 day
    ) as days(day)
),

sales as (
    select
        sale_date,
        count(*) as transactions,
        count(distinct book_id) as books_sold,
        sum(quantity) as units,
        sum(gross_amount) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(total_amount) as revenue,
        {% for channel in ['Online', 'Retail', 'Wholesale', 'Direct'] -%}
        sum(total_amount) filter (channel = '{{ channel }}') as {{ channel | lower }}_revenue{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('fact_sales') }}
    group by sale_date
),

daily as (
    select
        calendar.sale_date,
        cast(coalesce(sales.transactions, 0) as integer) as transactions,
        cast(coalesce(sales.books_sold, 0) as integer) as books_sold,
        cast(coalesce(sales.units, 0) as bigint) as units,
        {% for amount in ['gross_revenue', 'discount_amount', 'revenue', 'online_revenue', 'retail_revenue', 'wholesale_revenue', 'direct_revenue'] -%}
        cast(coalesce(sales.{{ amount }}, 0) as decimal(18, 2)) as {{ amount }}{{ ',' if not loop.last }}
        {% endfor %}
    from calendar
    left join sales using (sale_date)
)

select
    *,
    cast(round({{ ratio('revenue', 'transactions') }}, 2) as decimal(18, 2)) as average_transaction,
    cast(round({{ ratio('discount_amount', 'gross_revenue') }} * 100, 2) as decimal(5, 2)) as discount_percent,
    cast(round(
        sum(revenue) over (order by sale_date rows 6 preceding) / count(*) over (order by sale_date rows 6 preceding), 2
    ) as decimal(18, 2)) as average_7_days,
    {{ growth('revenue', 'lag(revenue, 7) over (order by sale_date)') }} as growth_7_days
from daily
