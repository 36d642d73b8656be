"""Knows nothing of data: errors, events, extensions by name, optional extras, fault points."""
