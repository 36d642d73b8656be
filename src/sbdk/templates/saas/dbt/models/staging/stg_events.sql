{# Rows that arrive late are found as long as they are not older than the look-back, counted from the newest event here. #}
{%- set since = "(select coalesce(max(event_at), timestamp '-infinity') - interval " ~ var('lookback_days') ~ " days from "
    ~ itself() ~ ")" -%}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='event_id',
    on_schema_change='append_new_columns',
    merge_clauses=replace_window('event_at', since),
) }}

with events as (
    select
        event_id,
        user_id,
        session_id,
        event_sequence,
        event_type,
        cast("timestamp" as timestamp) as event_at,
        session_duration_planned,
        utm_source,
        user_tier,
        device_type,
        browser,
        page_url
    from {{ source('raw', 'raw_events') }}
),

candidates as (
    select *
    from events
    {% if is_incremental() -%}
    -- by id, not by time: of an event delivered twice the newer copy wins, even when only the older lies in the window
    where event_id in (select event_id from events where {{ in_window('event_at', since) }})
    {%- endif %}
),

-- Few events are doubled: finding their ids and ranking only those is far cheaper than ranking every row.
doubled as (
    select event_id from candidates group by event_id having count(*) > 1
),

latest as (
    select * from candidates anti join doubled using (event_id)
    union all
    select *
    from candidates semi join doubled using (event_id)
    qualify row_number() over (
        partition by event_id order by event_at desc, session_id desc, event_sequence desc, event_type, page_url
    ) = 1
)

select *
from latest
{% if is_incremental() -%}
where {{ in_window('event_at', since) }}
{%- endif %}
