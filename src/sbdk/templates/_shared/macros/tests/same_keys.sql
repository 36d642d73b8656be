{# Both tables hold the same keys: no row was lost and none came from nowhere. Returns the keys of one side only. #}
{% test same_keys(model, column_name, to, field) %}
  select here.{{ column_name }} as only_here, there.{{ field }} as only_there
  from {{ model }} as here
  full join {{ to }} as there on there.{{ field }} = here.{{ column_name }}
  where here.{{ column_name }} is null or there.{{ field }} is null
{% endtest %}
