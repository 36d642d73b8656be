{# For the test no_look_ahead: which relations a model is made of, and where to stop. #}

{# The model's node in dbt's graph. #}
{% macro no_look_ahead_node(relation) %}
  {%- if relation is string -%} {%- do exceptions.raise_compiler_error("no_look_ahead cannot be combined with `where`") -%} {%- endif -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.schema == relation.schema and node.alias == relation.identifier -%}
    {%- do return(node) -%}
  {%- endfor -%}
  {%- do exceptions.raise_compiler_error("no_look_ahead tests models; " ~ relation ~ " is none") -%}
{% endmacro %}

{# What it is called in `cut` and `known`: raw.sales for a source, stg_sales for a model, a seed or a snapshot. #}
{% macro no_look_ahead_key(node) %}
  {%- do return(node.source_name ~ '.' ~ node.name if node.resource_type == 'source' else node.name) -%}
{% endmacro %}

{% macro no_look_ahead_name(key) %}{% do return('cut__' ~ key | replace('.', '__')) %}{% endmacro %}

{# Append to `order` everything that the model is made of, each after what it is made of itself. #}
{% macro no_look_ahead_order(node, cut, known, order) %}
  {%- if node.language == 'python' -%}
    {%- do exceptions.raise_compiler_error("no_look_ahead cannot compute the Python model " ~ node.name ~ " again; cut it, or call it known") -%}
  {%- endif -%}
  {%- for id in node.depends_on.nodes -%}
    {%- set parent = graph.sources[id] if id in graph.sources else graph.nodes[id] -%}
    {%- set key = no_look_ahead_key(parent) -%}
    {%- set leaf = key in cut or key in known or key == '_sbdk.clock' -%}
    {%- if not leaf and parent.resource_type != 'model' -%}
      {%- do exceptions.raise_compiler_error(
        "no_look_ahead: " ~ node.name ~ " reads " ~ key ~ "; say under `cut` which column tells when a row was there, or under `known` that all of it is known beforehand"
      ) -%}
    {%- endif -%}
    {%- if not leaf -%} {%- do no_look_ahead_order(parent, cut, known, order) -%} {%- endif -%}
    {%- if id not in order -%} {%- do order.append(id) -%} {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{# A name in the test's arguments that leads nowhere would prove nothing. #}
{% macro no_look_ahead_reached(node, order, names) %}
  {%- set reached = [] -%}
  {%- for id in order -%}
    {%- do reached.append(no_look_ahead_key(graph.sources[id] if id in graph.sources else graph.nodes[id])) -%}
  {%- endfor -%}
  {%- for name in names if name not in reached -%}
    {%- do exceptions.raise_compiler_error("no_look_ahead: " ~ node.name ~ " does not read " ~ name ~ "; it reads " ~ reached | join(', ')) -%}
  {%- endfor -%}
{% endmacro %}

{% macro no_look_ahead_columns(node, columns, names) %}
  {%- set there = columns | map(attribute='name') | list -%}
  {%- for name in names if name not in there -%}
    {%- do exceptions.raise_compiler_error("no_look_ahead: " ~ node.name ~ " has no column " ~ name) -%}
  {%- endfor -%}
{% endmacro %}
