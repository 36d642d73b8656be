{# What a run reads of raw sales: those recorded since the newest one here less the look-back, whatever their sale_date,
   and those of books whose description has changed. What comes out the same as it is here is not written again.
   (The table's own name is spelt out: dbt reads the config below before it knows the schema.) -#}
{%- set here = 'analytics.fact_sales' -%}
{%- set since = "(select coalesce(max(created_at), timestamp '-infinity') - interval " ~ var('lookback_days') ~ " days from "
    ~ here ~ ")" -%}
{%- set described = ['publisher_id', 'title', 'author', 'genre', 'book_format', 'language', 'list_price', 'price_category',
    'length_category', 'publisher_name', 'publisher_type'] -%}
{%- set sold = ['book_id', 'sale_date', 'quantity', 'unit_price', 'discount_percent', 'gross_amount', 'discount_amount',
    'total_amount', 'channel', 'customer_type', 'region', 'created_at'] -%}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='transaction_id',
    on_schema_change='append_new_columns',
    merge_clauses=replace_window('created_at', since, sold + described),
    indexes=key_indexes(['transaction_id', 'book_id', 'sale_date']),
) }}

with sales as (
    select * from {{ ref('stg_sales') }}
    {% if is_incremental() -%}
    where {{ in_window('created_at', since) }}
    union all
    select sales.*
    from {{ ref('stg_sales') }} as sales
    where not {{ in_window('created_at', since) }}
        and sales.book_id in (
            select facts.book_id
            from (select distinct book_id, {{ described | join(', ') }} from {{ here }}) as facts
            left join {{ ref('dim_books') }} as books using (book_id)
            where {% for column in described -%}
                books.{{ column }} is distinct from facts.{{ column }}{{ ' or ' if not loop.last }}
            {%- endfor %}
        )
    {%- endif %}
)

select
    sales.transaction_id,
    sales.book_id,
    sales.sale_date,
    sales.quantity,
    sales.unit_price,
    sales.discount_percent,
    cast(sales.quantity * sales.unit_price as decimal(18, 2)) as gross_amount,
    cast(sales.quantity * sales.unit_price - sales.total_amount as decimal(18, 2)) as discount_amount,
    sales.total_amount,
    sales.channel,
    sales.customer_type,
    sales.region,
    {% for column in described -%}
    books.{{ column }},
    {% endfor -%}
    sales.created_at
from sales
left join {{ ref('dim_books') }} as books using (book_id)
