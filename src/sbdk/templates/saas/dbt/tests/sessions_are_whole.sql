-- The events of a session belong to one user and, once none can be late any more, are numbered 1, 2, 3 … without a gap.
select session_id, min(user_id) as one_user, max(user_id) as other_user, count(*) as events, max(event_sequence) as last_number
from {{ ref('stg_events') }}
group by session_id
having min(user_id) <> max(user_id)
    or max(event_at) < {{ clock() }} - interval {{ var('lookback_days') }} days
    and (
        min(event_sequence) is distinct from 1
        or max(event_sequence) is distinct from count(*)
        or sum(event_sequence) is distinct from count(*) * (count(*) + 1) // 2
    )
