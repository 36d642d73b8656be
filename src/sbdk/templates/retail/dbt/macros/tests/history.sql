{# A history without fault: each version ends where the next of its key begins, and the last one is current. #}
{% test history(model, key) %}
  select {{ key }}, valid_from, valid_to, next_from
  from (
    select {{ key }}, valid_from, valid_to, lead(valid_from) over (partition by {{ key }} order by valid_from) as next_from
    from {{ model }}
  )
  where valid_to is distinct from next_from
{% endtest %}
