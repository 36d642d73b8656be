{{ bronze('customers') }}
