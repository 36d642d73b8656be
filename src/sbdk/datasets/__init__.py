"""Data sets: each folder is one, with its settings, its cells, its answer key and its grader."""
