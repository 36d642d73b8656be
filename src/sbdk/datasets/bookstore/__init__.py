"""A bookshop: publishers, books, sales by a known demand, stock, and campaigns with experiments of known effect."""
