{# `ref` and `source` without the database: a DuckDB catalog is named after its file, and a view that stored that name
   could not be read in a copy of the file with another name (a notebook's, a backup). #}

{% macro ref() %}
  {% do return(builtins.ref(*varargs, **kwargs).include(database=false)) %}
{% endmacro %}

{% macro source() %}
  {% do return(builtins.source(*varargs, **kwargs).include(database=false)) %}
{% endmacro %}
