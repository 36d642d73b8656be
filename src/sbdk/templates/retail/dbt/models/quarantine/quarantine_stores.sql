{{ quarantined('stores') }}
