"""A bookstore's warehouse, graded against what the generator knows."""
