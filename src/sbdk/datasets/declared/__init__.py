"""Data sets that a user declares, made by generators looked up by name."""

from sbdk.datasets.declared.api import Generator, Relation, Rows, from_function, generator, generators

__all__ = ["Generator", "Relation", "Rows", "from_function", "generator", "generators"]
