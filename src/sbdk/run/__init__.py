"""A run: from its plan to the published build."""
