"""Ingestion: files that arrive are read as Arrow records, each with what is wrong with it."""
