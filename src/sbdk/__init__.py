"""sbdk: a local-first data pipeline kit."""

__version__ = "0.1.0"
