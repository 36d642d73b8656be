{{ ledger('sales', key='transaction_id', identity=['transaction_id'], event_time='event_time') }}
