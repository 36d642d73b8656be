"""The target DuckDB: one published file, replaced whole by a rename."""
