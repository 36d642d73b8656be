"""`sbdk contract`: contracts inferred, tested, compared, exported and shown as pages."""
