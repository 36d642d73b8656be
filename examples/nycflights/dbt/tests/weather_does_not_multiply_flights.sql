-- The join with the weather neither loses nor doubles a flight.
select *
from (select count(*) as flights, sum(miles) as miles from {{ ref('fct_flights') }}) as joined
cross join (select count(*) as flights, sum(distance) as miles from {{ source('raw', 'flights') }}) as loaded
where joined.flights <> loaded.flights or joined.miles <> loaded.miles
