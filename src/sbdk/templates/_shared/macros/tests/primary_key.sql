{# The columns together identify a row: never null, never twice. Returns the keys that do not. #}
{% test primary_key(model, columns) %}
  select {{ columns | join(', ') }}, count(*) as times
  from {{ model }}
  group by {{ columns | join(', ') }}
  having count(*) > 1 {% for column in columns %} or {{ column }} is null {% endfor %}
{% endtest %}
