"""A scorecard and its views, rendered for a terminal and as an HTML page."""
