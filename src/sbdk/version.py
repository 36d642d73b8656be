"""The version of sbdk; at the bottom, so that everything can say it."""

__version__ = "0.1.0"
