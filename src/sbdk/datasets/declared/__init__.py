"""Data sets that a user declares, made by generators looked up by name."""

from sbdk.datasets.declared.api import Generator, from_function, generator, generators
from sbdk.datasets.declared.relation import Relation
from sbdk.datasets.declared.rows import Rows
from sbdk.datasets.declared.dataset import DeclaredWorld

__all__ = ["DeclaredWorld", "Generator", "Relation", "Rows", "from_function", "generator", "generators"]
