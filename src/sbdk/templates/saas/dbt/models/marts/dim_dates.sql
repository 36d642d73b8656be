select
    cast(day as date) as date_day,
    cast(year(day) as integer) as year,
    cast(quarter(day) as integer) as quarter,
    cast(month(day) as integer) as month,
    cast(isodow(day) as integer) as day_of_week,
    dayname(day) as day_name,
    isodow(day) >= 6 as is_weekend,
    cast(date_trunc('week', day) as date) as week_start,
    cast(date_trunc('month', day) as date) as month_start
from generate_series(
    cast({{ start_day() }} as timestamp), cast({{ last_day() }} as timestamp), interval 1 day
) as days(day)
