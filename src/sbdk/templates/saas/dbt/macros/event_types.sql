{# How many different event types a group holds, as bits instead of count(distinct …), which needs a hash table per group
   and is many times slower. A type that is not listed (a test forbids it) would share the last bit. #}

{% macro event_types() %}
  {% do return(['pageview', 'login', 'signup', 'purchase', 'add_to_cart', 'search']) %}
{% endmacro %}

{% macro distinct_event_types(column) -%}
  cast(bit_count(bit_or(case {{ column }}
    {%- for type in event_types() %} when '{{ type }}' then {{ 2 ** loop.index0 }}{% endfor %} else {{ 2 ** (event_types() | length) }}
  end)) as integer)
{%- endmacro %}
