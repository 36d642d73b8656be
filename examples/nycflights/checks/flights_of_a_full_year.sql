-- severity: error
-- description: 336,776 flights left New York City in 2013; another number means that a file is damaged.
select count(*) as flights
from raw.flights
having count(*) <> 336776
