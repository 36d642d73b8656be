{# The only "now" of this project: the end of the data, moved by `sbdk dev --advance 1d`. Half-open: everything that has
   happened lies before it. No model and no test asks for the wall time, so the same data give the same marts. #}

{% macro clock() %}(select now from {{ source('_sbdk', 'clock') }}){% endmacro %}

{% macro last_day() %}cast({{ clock() }} - interval 1 microsecond as date){% endmacro %}

{# The first calendar day. By hand, where nobody hands in the variable, the day of the first sale stands in. #}
{% macro start_day() %}
  {%- if var('start_date') -%} cast('{{ var("start_date") }}' as date)
  {%- else -%} (select min(sale_date) from {{ ref('stg_sales') }})
  {%- endif -%}
{% endmacro %}
