{# Every column named holds one of its values, and never null. `columns` maps a column to the list of its values.
   Returns each bad value with the number of its rows. One scan, whatever the number of columns. #}
{% test accepted_categories(model, columns) %}
  with counted as (
    select {{ columns | join(', ') }}, count(*) as times
    from {{ model }}
    group by all
  )
  {% for column, values in columns.items() %}
  select '{{ column }}' as category, cast({{ column }} as varchar) as value, sum(times) as times
  from counted
  where {{ column }} is null or {{ column }} not in ({% for v in values %}'{{ v }}'{{ ', ' if not loop.last }}{% endfor %})
  group by all
  {{ 'union all' if not loop.last }}
  {% endfor %}
{% endtest %}
