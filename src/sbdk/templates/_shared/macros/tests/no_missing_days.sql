{# Every calendar day from the start of the data to the clock has a row, and no other day has one. Returns the odd days. #}
{% test no_missing_days(model, column_name) %}
  with calendar as (
    select cast(day as date) as day
    from generate_series(cast({{ start_day() }} as timestamp), cast({{ last_day() }} as timestamp), interval 1 day) as days(day)
  )
  select coalesce(calendar.day, found.day) as day, case when found.day is null then 'missing' else 'outside' end as fault
  from calendar
  full join (select distinct {{ column_name }} as day from {{ model }}) as found on found.day = calendar.day
  where calendar.day is null or found.day is null
{% endtest %}
