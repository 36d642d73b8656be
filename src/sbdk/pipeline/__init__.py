"""A run: stages in order, and the one place where the other rooms meet."""
