{{ ledger('stores', key='store_id') }}
