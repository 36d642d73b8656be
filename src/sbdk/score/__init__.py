"""The score of a warehouse against the answer key; each data set has its own grader."""
