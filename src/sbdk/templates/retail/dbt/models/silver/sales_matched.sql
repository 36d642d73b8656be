{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='received',
          pre_hook="{{ forget_unaccepted() }}") }}
-- Accepted sales with each dimension as it was at event_time; a dimension that has not come yet is null. Made anew in a
-- run: sales that are new, that wait, or of which a dimension got a version that may have been valid then.
-- depends_on: {{ ref('bronze_stores') }}, {{ ref('bronze_customers') }}, {{ ref('bronze_products') }}
{% set dimensions = ['store', 'customer', 'product'] %}
with sales as (
  select transaction_id, store_id, customer_id, product_id, event_time, quantity, unit_price, total_amount,
    payment_method, discount_applied, tax_amount, received, source_file, source_position
  from {{ ref('bronze_sales') }} as bronze
  semi join (select received from {{ ref('sales_ledger') }} where bucket = 'accepted') as ledger using (received)
  {% if is_incremental() %}
  where received in (
    select received from {{ ref('sales_ledger') }} anti join {{ this }} using (received) where bucket = 'accepted'
    {% for dimension in dimensions %}
    union all
    select received from {{ this }} where {{ dimension }}_version is null
    union all
    select matched.received
    from {{ this }} as matched
    join ({{ accepted_since(dimension) }}) as news
      on news.{{ dimension }}_id = matched.{{ dimension }}_id
      and news.last_update_time between matched.{{ dimension }}_version and matched.event_time
    {% endfor %}
  )
  {% endif %}
)

select sales.*,
  stores.valid_from as store_version, customers.valid_from as customer_version, products.valid_from as product_version,
  stores.name as store_name, stores.address as store_address, stores.manager as store_manager,
  stores.status as store_status,
  customers.name as customer_name, customers.email as customer_email, customers.address as customer_address,
  customers.loyalty_points as customer_loyalty_points, customers.age as customer_age,
  customers.gender as customer_gender, customers.join_date as customer_join_date,
  products.name as product_name, products.category as product_category, products.brand as product_brand,
  products.price as product_price, products.size as product_size, products.color as product_color,
  {
    {% for dimension in dimensions %}
    '{{ dimension }}': (select max(received) from {{ ref(dimension ~ 's_ledger') }}),
    '{{ dimension }}_replay': (select max(replay) from {{ ref(dimension ~ 's_ledger') }}){{ ',' if not loop.last }}
    {% endfor %}
  } as seen
from sales
asof left join {{ ref('stores') }} as stores
  on sales.store_id = stores.store_id and sales.event_time >= stores.valid_from
asof left join {{ ref('customers') }} as customers
  on sales.customer_id = customers.customer_id and sales.event_time >= customers.valid_from
asof left join {{ ref('products') }} as products
  on sales.product_id = products.product_id and sales.event_time >= products.valid_from
