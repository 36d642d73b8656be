-- severity: warn
-- description: Over 700 miles an hour on average is faster than these planes fly.
select carrier, flight_number, flight_date, miles, air_minutes, round(miles / air_minutes * 60) as miles_per_hour
from fct_flights
where miles / air_minutes * 60 > 700
