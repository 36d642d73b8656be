"""Built-in data sets: each a World with rules of its own that columns and relations alone cannot state."""
