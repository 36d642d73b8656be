{{ ledger('customers', key='customer_id') }}
