{# A quotient as a double; null where the divisor is zero or null, never an error and never infinity. #}
{% macro ratio(part, whole) -%} cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0) {%- endmacro %}

{# Growth from `before` to `now`, as a share: .5 is half as much again. Null where `before` is zero or null. #}
{% macro growth(now, before) -%} cast(({{ now }}) - ({{ before }}) as double) / nullif(cast({{ before }} as double), 0) {%- endmacro %}
