-- Hour, carrier and number identify a flight.
select scheduled_hour, carrier, flight_number, count(*) as times
from {{ ref('stg_flights') }}
group by all
having count(*) > 1
