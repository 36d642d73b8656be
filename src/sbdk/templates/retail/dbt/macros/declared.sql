{# What the YAML files beside the models declare: the columns that a stream delivers, and the rules for its rows. #}

{# The delivered columns of a stream: those of its bronze model that have a data_type. [{name, type, nullable}] #}
{% macro delivered_columns(stream) %}
  {% set found = [] %}
  {% if execute %}
    {% for column in (graph.nodes["model." ~ project_name ~ ".bronze_" ~ stream].columns).values() if column.data_type %}
      {% set meta = (column.config or {}).get("meta") or column.meta or {} %}
      {% do found.append({"name": column.name, "type": column.data_type | upper, "nullable": meta.get("nullable", false)}) %}
    {% endfor %}
  {% endif %}
  {{ return(found) }}
{% endmacro %}

{# The rules of a stream, in order: [{name, action, version, condition, reason}]. A record is to meet every condition. #}
{% macro row_rules(stream) %}
  {% set found = [] %}
  {% if execute %}
    {% set node = graph.nodes["model." ~ project_name ~ "." ~ stream ~ "_ledger"] %}
    {% for rule in node.config.meta.get("rules", []) %}
      {% do check_rule(stream, rule) %}
      {% do found.append(rule) %}
    {% endfor %}
  {% endif %}
  {{ return(found) }}
{% endmacro %}

{% macro check_rule(stream, rule) %}
  {% set where = stream ~ "_ledger, rule " ~ rule.get("name", "without a name") ~ ": " %}
  {% for key in ["name", "action", "version", "condition", "reason"] if rule.get(key) is none %}
    {% do exceptions.raise_compiler_error(where ~ key ~ " is missing") %}
  {% endfor %}
  {% if rule.action not in ["warn", "quarantine", "fail"] %}
    {% do exceptions.raise_compiler_error(where ~ "action is warn, quarantine or fail, not " ~ rule.action) %}
  {% endif %}
{% endmacro %}

{% macro quoted_text(text) -%} '{{ text | string | replace("'", "''") }}' {%- endmacro %}

{% macro names_of(columns, prefix="") -%}
  {%- for column in columns %}{{ prefix }}"{{ column.name }}"{{ ", " if not loop.last }}{% endfor -%}
{%- endmacro %}
