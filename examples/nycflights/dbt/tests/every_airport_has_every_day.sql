-- From each of the three airports planes leave on each of the 365 days.
select origin, count(*) as days
from {{ ref('daily_departures') }}
group by origin
having count(*) <> 365 or min(flight_date) <> date '2013-01-01' or max(flight_date) <> date '2013-12-31'
