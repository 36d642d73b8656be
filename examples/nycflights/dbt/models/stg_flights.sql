-- A flight without a departure time was cancelled; one that left and has no arrival delay was diverted.
select
    time_hour at time zone 'UTC' as scheduled_hour,
    carrier,
    flight as flight_number,
    make_date(year, month, day) as flight_date,
    tailnum as tail_number,
    origin,
    dest as destination,
    cast(dep_delay as integer) as departure_delay,
    cast(arr_delay as integer) as arrival_delay,
    cast(air_time as integer) as air_minutes,
    cast(distance as integer) as miles,
    dep_time is null as is_cancelled,
    dep_time is not null and arr_delay is null as is_diverted
from {{ source('raw', 'flights') }}
