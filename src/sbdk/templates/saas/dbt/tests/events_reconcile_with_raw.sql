-- Every event loaded is in staging. One that came later than the look-back is not: `sbdk dev --from D --to D` brings it in.
-- Only the days whose number or sum of ids differ are searched: that is all of them that lack an event, and hardly another.
with loaded as (
    select event_id, cast("timestamp" as date) as day from {{ source('raw', 'raw_events') }}
),

staged as (
    select event_id, cast(event_at as date) as day from {{ ref('stg_events') }}
),

days_to_search as (
    select day
    from (select day, count(*) as events, sum(event_id) as ids from loaded group by day) as loaded_days
    left join (select day, count(*) as events, sum(event_id) as ids from staged group by day) as staged_days using (day)
    where loaded_days.events is distinct from staged_days.events or loaded_days.ids is distinct from staged_days.ids
)

select loaded.event_id, loaded.day
from loaded
semi join days_to_search using (day)
anti join staged using (event_id)
