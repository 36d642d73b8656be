select
    airlines.carrier,
    airlines.name,
    count(flights.carrier) as flights,
    count(*) filter (flights.is_cancelled) as cancelled,
    count(*) filter (flights.is_diverted) as diverted,
    count(*) filter (flights.arrival_delay > 15) as late,
    sum(flights.arrival_delay) as arrival_delay_minutes,
    round(sum(flights.arrival_delay) / count(flights.arrival_delay), 2) as mean_arrival_delay
from {{ source('raw', 'airlines') }} as airlines
left join {{ ref('stg_flights') }} as flights using (carrier)
group by all
