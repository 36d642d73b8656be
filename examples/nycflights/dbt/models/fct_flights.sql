-- Each flight with the weather at its airport in the hour in which it should have left, where it is known.
select
    flights.*,
    weather.origin is not null as weather_known,
    weather.wind_speed as wind_mph,
    weather.precip as rain_inches,
    weather.visib as visibility_miles
from {{ ref('stg_flights') }} as flights
left join {{ source('raw', 'weather') }} as weather
    on weather.origin = flights.origin
    and weather.time_hour at time zone 'UTC' = flights.scheduled_hour
