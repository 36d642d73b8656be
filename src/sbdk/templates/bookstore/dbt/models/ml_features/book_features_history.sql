{# What could be known of each book in the morning of as_of_date: the first of each month, and the day of the clock. -#}
{{ config(indexes=key_indexes(['book_id', 'as_of_date'])) }}

with dates as (
    select cast(day as date) as as_of_date
    from generate_series(
        date_trunc('month', cast({{ start_day() }} as timestamp)) + interval 1 month,
        cast({{ clock() }} as timestamp),
        interval 1 month
    ) as months(day)
    union
    select cast({{ clock() }} as date)
),

books as (
    select dates.as_of_date, books.*, dates.as_of_date - books.listed_date as days_listed
    from {{ ref('dim_books') }} as books
    join dates on books.listed_date < dates.as_of_date
),

sold as (
    select
        sales.book_id,
        dates.as_of_date,
        count(*) as transactions,
        sum(sales.quantity) as units,
        sum(sales.total_amount) as revenue,
        sum(sales.gross_amount) as gross_revenue,
        sum(sales.discount_amount) as discount_amount,
        count(*) filter (sales.discount_percent > 0) as discounted,
        max(sales.sale_date) as last_sale_date,
        count(*) filter (sales.sale_date >= dates.as_of_date - 30) as transactions_30,
        coalesce(sum(sales.quantity) filter (sales.sale_date >= dates.as_of_date - 30), 0) as units_30,
        coalesce(sum(sales.total_amount) filter (sales.sale_date >= dates.as_of_date - 30), 0) as revenue_30,
        coalesce(sum(sales.quantity) filter (
            sales.sale_date >= dates.as_of_date - 60 and sales.sale_date < dates.as_of_date - 30
        ), 0) as units_previous_30,
        {% for channel in ['Online', 'Retail', 'Wholesale', 'Direct'] -%}
        coalesce(sum(sales.quantity) filter (sales.channel = '{{ channel }}'), 0) as {{ channel | lower }}_units,
        {% endfor -%}
        {% for customer in ['Individual', 'Business', 'Educational'] -%}
        coalesce(sum(sales.quantity) filter (sales.customer_type = '{{ customer }}'), 0) as {{ customer | lower }}_units{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('fact_sales') }} as sales
    join dates on sales.sale_date < dates.as_of_date
    group by sales.book_id, dates.as_of_date
),

measured as (
    select
        books.*,
        sold.* exclude (book_id, as_of_date),
        cast(coalesce(sold.units_30, 0) as double) / least(30, books.days_listed) as units_per_day_30
    from books
    left join sold using (book_id, as_of_date)
)

select
    book_id,
    as_of_date,
    genre,
    book_format,
    language,
    price_category,
    length_category,
    list_price,
    page_count,
    {{ ratio('list_price', 'page_count') }} as price_per_page,
    cast(datesub('month', listed_date, as_of_date) as integer) as age_months,
    cast(coalesce(transactions, 0) as bigint) as transactions_total,
    cast(coalesce(units, 0) as bigint) as units_total,
    cast(coalesce(revenue, 0) as decimal(18, 2)) as revenue_total,
    {{ ratio('revenue', 'units') }} as average_unit_revenue,
    cast(as_of_date - last_sale_date as integer) as days_since_last_sale,
    cast(coalesce(transactions_30, 0) as bigint) as transactions_30,
    cast(coalesce(units_30, 0) as bigint) as units_30,
    cast(coalesce(revenue_30, 0) as decimal(18, 2)) as revenue_30,
    units_per_day_30,
    100 * percent_rank() over (partition by as_of_date order by units_per_day_30) as velocity_score,
    {{ growth('units_30', 'units_previous_30') }} as velocity_trend,
    {{ ratio('discount_amount', 'gross_revenue') }} as discount_share,
    {{ ratio('discounted', 'transactions') }} as discounted_share,
    {% for part in ['online', 'retail', 'wholesale', 'direct', 'individual', 'business', 'educational'] -%}
    {{ ratio(part ~ '_units', 'units') }} as {{ part }}_share{{ ',' if not loop.last }}
    {% endfor %}
from measured
