-- A held sale waits for something: of one dimension at least, no version had begun when it happened.
{% set dimensions = ['store', 'customer', 'product'] %}
select transaction_id, event_time, waits_for
from {{ ref('held_sales') }} as held
{% for dimension in dimensions %}
semi join {{ ref(dimension ~ 's') }} as {{ dimension }}s
  on {{ dimension }}s.{{ dimension }}_id = held.{{ dimension }}_id and {{ dimension }}s.valid_from <= held.event_time
{% endfor %}
