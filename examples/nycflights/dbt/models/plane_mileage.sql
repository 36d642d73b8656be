-- Planes by tail number as the flights name them: not every one is registered, and the year is not known for each.
select
    flights.tail_number,
    planes.tailnum is not null as is_registered,
    planes.manufacturer,
    planes.model,
    planes.seats,
    planes.year as year_built,
    count(*) as flights,
    sum(flights.miles) as miles
from {{ ref('stg_flights') }} as flights
left join {{ source('raw', 'planes') }} as planes on planes.tailnum = flights.tail_number
where flights.tail_number is not null and not flights.is_cancelled
group by all
