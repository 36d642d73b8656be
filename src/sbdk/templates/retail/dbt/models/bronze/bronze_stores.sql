{{ bronze('stores') }}
