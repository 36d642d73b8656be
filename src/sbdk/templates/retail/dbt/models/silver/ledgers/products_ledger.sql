{{ ledger('products', key='product_id') }}
