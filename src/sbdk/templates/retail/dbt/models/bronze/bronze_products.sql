{{ bronze('products') }}
