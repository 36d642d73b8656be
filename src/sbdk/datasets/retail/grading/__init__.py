"""The retail streams, graded against the answer key."""
