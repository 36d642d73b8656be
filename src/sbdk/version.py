"""The version of sbdk: a module of its own, so that every room may ask for it without importing the package's front."""

__version__ = "0.1.0"
