"""The pages: each reads what it shows on a worker thread, and hands it to its template."""
