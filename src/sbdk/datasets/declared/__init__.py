"""Data sets that a user declares, made by generators looked up by name."""

from sbdk.synth.declared.generator import Generator, from_function, generator, generators
from sbdk.synth.declared.relation import Relation
from sbdk.synth.declared.rows import Rows
from sbdk.synth.declared.world import DeclaredWorld

__all__ = ["DeclaredWorld", "Generator", "Relation", "Rows", "from_function", "generator", "generators"]
