{# Both tables hold the same keys: no row was lost and none came from nowhere. Returns the keys of one side only. #}
{% test same_keys(model, column, to, field) %}
  select here.{{ column }} as only_here, there.{{ field }} as only_there
  from (select distinct {{ column }} from {{ model }}) as here
  full join (select distinct {{ field }} from {{ to }}) as there on there.{{ field }} = here.{{ column }}
  where here.{{ column }} is null or there.{{ field }} is null
{% endtest %}
