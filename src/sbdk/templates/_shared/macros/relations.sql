{# `ref` and `source` without the database: a DuckDB catalog is named after its file, and a view that stored that name
   could not be read in a copy of the file with another name (a notebook's, a backup). #}

{% macro ref() %}
  {% do return(builtins.ref(*varargs, **kwargs).include(database=false)) %}
{% endmacro %}

{% macro source() %}
  {% do return(builtins.source(*varargs, **kwargs).include(database=false)) %}
{% endmacro %}

{# The table that an incremental model has built so far. A unit test hands in its rows under a bare name. #}
{% macro itself() %}
  {%- do return(this if this is string or this is none else this.include(database=false)) -%}
{% endmacro %}
