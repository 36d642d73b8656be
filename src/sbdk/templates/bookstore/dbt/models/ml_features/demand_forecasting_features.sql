{# A row for day d is what could be known in the evening of d - 1, and beside it, in target_units, what d then brought.
   Every frame ends with the preceding day, and the calendar has no gaps, so that seven rows back are seven days back. -#}
{{ config(indexes=key_indexes(['book_id', 'feature_date'])) }}

with books as (
    select
        book_id,
        genre,
        book_format,
        list_price,
        page_count,
        listed_date,
        greatest(listed_date, {{ start_day() }}) as first_day
    from {{ ref('dim_books') }}
),

sold as (
    select book_id, sale_date, cast(sum(quantity) as integer) as units
    from {{ ref('fact_sales') }}
    group by book_id, sale_date
),

calendar as (
    select cast(day as date) as feature_date
    from generate_series(
        cast({{ start_day() }} as timestamp), cast({{ last_day() }} as timestamp), interval 1 day
    ) as days(day)
),

days as (
    select
        books.book_id,
        calendar.feature_date,
        books.first_day,
        coalesce(sold.units, 0) as units,
        sold.sale_date
    from books
    join calendar on calendar.feature_date >= books.first_day
    left join sold on sold.book_id = books.book_id and sold.sale_date = calendar.feature_date
),

-- Sums of whole numbers are exact, in any order and for any number of threads; the quotients come last.
history as (
    select
        book_id,
        feature_date,
        units,
        cast(feature_date - first_day as integer) as days_before,
        lag(units, 1) over by_day as lag_1,
        lag(units, 2) over by_day as lag_2,
        lag(units, 7) over by_day as lag_7,
        lag(units, 8) over by_day as lag_8,
        lag(units, 30) over by_day as lag_30,
        cast(sum(units) over (by_day rows between 7 preceding and 1 preceding) as bigint) as sum_7,
        cast(sum(units * units) over (by_day rows between 7 preceding and 1 preceding) as bigint) as squares_7,
        cast(sum(units) over (by_day rows between 30 preceding and 1 preceding) as bigint) as sum_30,
        cast(sum(units) over (by_day rows between unbounded preceding and 1 preceding) as bigint) as sum_all,
        min(sale_date) over (by_day rows between unbounded preceding and 1 preceding) as first_sale_date,
        max(sale_date) over (by_day rows between unbounded preceding and 1 preceding) as last_sale_date
    from days
    window by_day as (partition by book_id order by feature_date)
)

select
    history.book_id,
    history.feature_date,
    cast(isodow(history.feature_date) as tinyint) as day_of_week,
    cast(day(history.feature_date) as tinyint) as day_of_month,
    cast(dayofyear(history.feature_date) as smallint) as day_of_year,
    cast(weekofyear(history.feature_date) as tinyint) as week_of_year,
    cast(month(history.feature_date) as tinyint) as month,
    cast(quarter(history.feature_date) as tinyint) as quarter,
    isodow(history.feature_date) >= 6 as is_weekend,
    day(history.feature_date) = 1 as is_month_start,
    last_day(history.feature_date) = history.feature_date as is_month_end,
    cast(history.feature_date - books.listed_date as integer) as days_since_listed,
    books.genre,
    books.book_format,
    books.list_price,
    books.page_count,
    history.lag_1 as units_lag_1,
    history.lag_7 as units_lag_7,
    history.lag_30 as units_lag_30,
    {{ ratio('history.sum_7', 'least(history.days_before, 7)') }} as units_average_7,
    {{ ratio('history.sum_30', 'least(history.days_before, 30)') }} as units_average_30,
    case when history.days_before >= 2 then sqrt(
        cast(least(history.days_before, 7) * history.squares_7 - history.sum_7 * history.sum_7 as double)
        / (least(history.days_before, 7) * (least(history.days_before, 7) - 1))
    ) end as units_stddev_7,
    {{ growth('history.lag_1', 'history.lag_2') }} as units_growth_1,
    {{ growth('history.lag_1', 'history.lag_8') }} as units_growth_7,
    coalesce(history.sum_all, 0) as units_before,
    cast(history.feature_date - history.first_sale_date as integer) as days_since_first_sale,
    cast(history.feature_date - history.last_sale_date as integer) as days_since_last_sale,
    history.units as target_units
from history
join books using (book_id)
-- The catalogue of the day itself is not known the evening before either: a book has its first row the day after.
where history.feature_date > books.listed_date
