{# Events and orders are each as new as their own newest day: the look-back counts from the older of the two, and begins at
   the very beginning as long as one of them has no row at all. -#}
{%- set since = "(select least("
    ~ "coalesce(max(activity_date) filter (total_events > 0), date '-infinity'), "
    ~ "coalesce(max(activity_date) filter (order_count > 0), date '-infinity')) - interval " ~ var('lookback_days') ~ " days from "
    ~ itself() ~ ")" -%}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['user_id', 'activity_date'],
    on_schema_change='append_new_columns',
    merge_clauses=replace_window('activity_date', since),
) }}

with events as (
    select
        user_id,
        cast(event_at as date) as activity_date,
        cast(count(*) as integer) as total_events,
        {{ distinct_event_types('event_type') }} as distinct_event_types,
        cast(count(*) filter (event_type = 'purchase') as integer) as purchase_count
    from {{ ref('stg_events') }}
    {% if is_incremental() -%}
    where {{ in_window('cast(event_at as date)', since) }}
    {%- endif %}
    group by all
),

orders as (
    select
        user_id,
        order_date as activity_date,
        cast(count(*) as integer) as order_count,
        cast(sum(amount_usd) as decimal(18, 2)) as total_revenue
    from {{ ref('stg_orders') }}
    {% if is_incremental() -%}
    where {{ in_window('order_date', since) }}
    {%- endif %}
    group by all
),

days as (
    select * from events full join orders using (user_id, activity_date)
)

select
    days.user_id,
    days.activity_date,
    coalesce(days.total_events, 0) as total_events,
    coalesce(days.distinct_event_types, 0) as distinct_event_types,
    coalesce(days.purchase_count, 0) as purchase_count,
    coalesce(days.order_count, 0) as order_count,
    coalesce(days.total_revenue, 0) as total_revenue,
    users.user_tier,
    users.country,
    cast(date_diff('day', users.signup_date, days.activity_date) as integer) as days_since_signup
from days
left join {{ ref('stg_users') }} as users using (user_id)
