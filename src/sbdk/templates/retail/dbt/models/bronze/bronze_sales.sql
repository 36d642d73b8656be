{{ bronze('sales') }}
