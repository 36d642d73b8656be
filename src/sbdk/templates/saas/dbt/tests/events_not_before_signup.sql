-- Nobody does anything before they have signed up.
select events.event_id, events.user_id, events.event_at, users.created_at
from {{ ref('stg_events') }} as events
join {{ ref('stg_users') }} as users using (user_id)
where events.event_at < users.created_at
