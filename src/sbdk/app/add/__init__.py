"""`sbdk add`: looks at a real source, and writes a plain dlt file that loads it."""
