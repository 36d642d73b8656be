{# Quoting. Every macro of these files but the materialization is plain Jinja: dbt and Python render the same text. #}

{% macro scd_quote(name) %}"{{ name | replace('"', '""') }}"{% endmacro %}

{% macro scd_text(text) %}'{{ text | string | replace("'", "''") }}'{% endmacro %}

{# The columns `names`, each as `prefix."name"suffix`. #}
{% macro scd_list(names, prefix="", suffix="") -%}
  {%- for name in names %}{{ prefix }}{{ scd_quote(name) }}{{ suffix }}{% if not loop.last %}, {% endif %}{% endfor -%}
{%- endmacro %}

{# The same key on both sides. A truncate has no key, and meets other truncates. #}
{% macro scd_same_key(scd, left, right) -%}
  {%- set same = "is not distinct from" if scd.apply_as_truncates else "=" -%}
  {%- for name in scd["keys"] -%}
    {{ left }}.{{ scd_quote(name) }} {{ same }} {{ right }}.{{ scd_quote(name) }}{% if not loop.last %} and {% endif %}
  {%- endfor -%}
{%- endmacro %}
