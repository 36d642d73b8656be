"""What every room may use, and nothing about data: errors, events, registry, imports, files, processes, redaction."""
