"""Faults on purpose: which record has which, how it is delivered, and what it then looks like."""

from sbdk.synth.dirt.dirtied import dirtied
from sbdk.synth.dirt.dirty_world import DirtyWorld
from sbdk.synth.dirt.opening import dirt_of, open_source
from sbdk.synth.dirt.planting import Dirt

__all__ = ["Dirt", "DirtyWorld", "dirt_of", "dirtied", "open_source"]
