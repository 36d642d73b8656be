-- The carriers' flights and minutes add up to those of all flights.
select *
from (select sum(flights) as flights, sum(arrival_delay_minutes) as minutes from {{ ref('carrier_punctuality') }}) as carriers
cross join (select count(*) as flights, sum(arrival_delay) as minutes from {{ ref('stg_flights') }}) as flights
where carriers.flights <> flights.flights or carriers.minutes <> flights.minutes
