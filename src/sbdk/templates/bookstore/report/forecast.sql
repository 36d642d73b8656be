-- A seasonal moving average: of a day, the mean of the same weekday 28, 35, … 77 days before. So each forecast, of the
-- past and of the future, needs no day later than 28 days before its own. The band comes from the errors of the past.
with actual as (
    select sale_date as day, units from analytics.sales_performance_daily
),

days as (
    select cast(unnest(generate_series(min(day), max(day) + interval 28 days, interval 1 day)) as date) as day from actual
),

forecast as (
    select days.day, avg(past.units) as forecast
    from days
    join actual as past on days.day - past.day between 28 and 77 and (days.day - past.day) % 7 = 0
    group by days.day
    having count(*) = 8
),

errors as (
    select quantile_cont(units - forecast, 0.1) as low, quantile_cont(units - forecast, 0.9) as high
    from actual join forecast using (day)
)

select
    day,
    actual.units,
    forecast.forecast,
    case when actual.day is null then greatest(forecast.forecast + errors.low, 0) end as low,
    case when actual.day is null then greatest(forecast.forecast + errors.high, 0) end as high
from days
left join actual using (day)
left join forecast using (day)
cross join errors
where days.day > (select max(day) from actual) - 150
order by day
