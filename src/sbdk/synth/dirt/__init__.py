"""Planted defects: the records that have them, the order of delivery, and the encoded result."""

from sbdk.synth.dirt.apply import DirtyTable, dirt_of
from sbdk.synth.dirt.defect_rates import Dirt

__all__ = ["Dirt", "DirtyTable", "dirt_of"]
