{{ quarantined('sales') }}
