"""The right content of every table that a bookstore's pipeline makes, computed from the raw rows.

With NumPy, Arrow and arithmetic: neither the SQL of the template nor its analysis of experiments is used.
"""
