{# Every column named matches its regular expression as a whole; null does not. Returns the values that do not. One scan. #}
{% test matches_format(model, columns) %}
  {% for column, pattern in columns.items() %}
  select '{{ column }}' as column_name, cast({{ column }} as varchar) as value, count(*) as times
  from {{ model }}
  where not coalesce(regexp_full_match({{ column }}, '{{ pattern }}'), false)
  group by all
  {{ 'union all' if not loop.last }}
  {% endfor %}
{% endtest %}
