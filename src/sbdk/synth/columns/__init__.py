"""Building blocks that turn random bits into columns: weights, choices, numbers, Arrow arrays.

All are pure functions of their arguments: integers and IEEE + − × / only, and NumPy releases the interpreter lock.
"""

from sbdk.synth.columns.arrays import booleans, decimals, dictionary, dictionary_type, integers, timestamps
from sbdk.synth.columns.choice import Choice, choose, choose_given, given_table, lookup_table
from sbdk.synth.columns.numbers import between, chance, real, scaled, steps
from sbdk.synth.columns.weights import apportion, check_weights, multiplied

__all__ = [
    "Choice",
    "apportion",
    "between",
    "booleans",
    "chance",
    "check_weights",
    "choose",
    "choose_given",
    "decimals",
    "dictionary",
    "dictionary_type",
    "given_table",
    "integers",
    "lookup_table",
    "multiplied",
    "real",
    "scaled",
    "steps",
    "timestamps",
]
