"""Faults on purpose: which record has which, how it is delivered, and what it then looks like."""

from sbdk.datasets.dirtied import dirtied
from sbdk.synth.dirt.apply import DirtyWorld
from sbdk.datasets.dirt import dirt_of, open_source
from sbdk.synth.dirt.defect_rates import Dirt

__all__ = ["Dirt", "DirtyWorld", "dirt_of", "dirtied", "open_source"]
