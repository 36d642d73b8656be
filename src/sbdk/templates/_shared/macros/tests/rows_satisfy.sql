{# Every row satisfies all conditions; a condition that comes out null counts as not satisfied.
   Returns the rows that do not, with the conditions that they break. One scan, whatever the number of conditions. #}
{% test rows_satisfy(model, conditions) %}
  select *, list_filter([
    {% for condition in conditions %}
    case when {{ condition }} then null else '{{ condition | replace("'", "''") }}' end{{ ',' if not loop.last }}
    {% endfor %}
  ], lambda condition: condition is not null) as breaks
  from {{ model }}
  where not coalesce({% for condition in conditions %}({{ condition }}){{ ' and ' if not loop.last }}{% endfor %}, false)
{% endtest %}
