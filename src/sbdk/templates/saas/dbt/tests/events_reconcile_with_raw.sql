-- Every event loaded is in staging. One that came later than the look-back is not: `sbdk dev --from D --to D` brings it in.
select raw.event_id, cast(raw."timestamp" as timestamp) as event_at
from {{ source('raw', 'raw_events') }} as raw
anti join {{ ref('stg_events') }} as staged using (event_id)
