select
    origin,
    flight_date,
    count(*) as flights,
    count(*) filter (is_cancelled) as cancelled,
    sum(departure_delay) as departure_delay_minutes,
    round(sum(departure_delay) / count(departure_delay), 2) as mean_departure_delay,
    max(rain_inches) as most_rain_inches
from {{ ref('fct_flights') }}
group by all
