"""Building blocks that turn random bits into columns: weights, choices, numbers, Arrow arrays.

All are pure functions of their arguments: integers and IEEE + − × / only, and NumPy releases the interpreter lock.
"""

from sbdk.synth.columns.arrays import booleans, decimals, dictionary, dictionary_type, integers, timestamps
from sbdk.synth.columns.choice import (
    Choice,
    apportion,
    check_weights,
    choose,
    choose_given,
    given_table,
    lookup_table,
    multiplied,
)
from sbdk.synth.columns.numbers import between, chance, real, scaled, steps

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
