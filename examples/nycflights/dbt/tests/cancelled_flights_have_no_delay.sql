-- What never left has no delay and no time in the air; what left has a delay.
select *
from {{ ref('stg_flights') }}
where is_cancelled = (departure_delay is not null)
    or is_cancelled and (arrival_delay is not null or air_minutes is not null)
