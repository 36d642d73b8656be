"""The score: a warehouse graded against the answer key. What is graded differs by data set."""
