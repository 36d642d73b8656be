"""An apparel retailer: three dimensions whose records are updated, and sales that refer to them."""
