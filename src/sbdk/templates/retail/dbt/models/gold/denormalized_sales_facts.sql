-- Every sale and return that is loaded, with each dimension as it was at event_time.
select
  sales.transaction_id, sales.event_time, sales.quantity < 0 as is_return, sales.quantity, sales.unit_price,
  sales.total_amount, sales.payment_method, sales.discount_applied, sales.tax_amount,
  sales.store_id, stores.name as store_name, stores.address as store_address, stores.manager as store_manager,
  stores.status as store_status,
  sales.customer_id, customers.name as customer_name, customers.email as customer_email,
  customers.address as customer_address, customers.loyalty_points as customer_loyalty_points,
  customers.age as customer_age, customers.gender as customer_gender, customers.join_date as customer_join_date,
  sales.product_id, products.name as product_name, products.category as product_category,
  products.brand as product_brand, products.price as product_price, products.size as product_size,
  products.color as product_color,
  sales.store_version, sales.customer_version, sales.product_version
from {{ ref('sales_accepted') }} as sales
join {{ ref('stores') }} as stores
  on stores.store_id = sales.store_id and stores.valid_from = sales.store_version
join {{ ref('customers') }} as customers
  on customers.customer_id = sales.customer_id and customers.valid_from = sales.customer_version
join {{ ref('products') }} as products
  on products.product_id = sales.product_id and products.valid_from = sales.product_version
