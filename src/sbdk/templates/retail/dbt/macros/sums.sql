{# What every gold table sums over facts: sales and returns apart, and net_amount as the difference. #}
{% macro sales_sums() -%}
  count(*) filter (not is_return) as sales,
  coalesce(sum(quantity) filter (not is_return), 0)::bigint as quantity,
  coalesce(sum(total_amount) filter (not is_return), 0)::decimal(18, 2) as sales_amount,
  count(*) filter (is_return) as returns,
  coalesce(-sum(quantity) filter (is_return), 0)::bigint as returned_quantity,
  coalesce(-sum(total_amount) filter (is_return), 0)::decimal(18, 2) as returned_amount,
  sum(total_amount)::decimal(18, 2) as net_amount
{%- endmacro %}
