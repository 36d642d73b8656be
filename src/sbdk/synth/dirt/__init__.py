"""Faults on purpose: which record has which, how it is delivered, and what it then looks like."""

from sbdk.synth.dirt.apply import DirtyTable, dirt_of
from sbdk.synth.dirt.defect_rates import Dirt

__all__ = ["Dirt", "DirtyTable", "dirt_of"]
