"""Uniform numbers from random bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, uniform

_LOW32 = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


def between(random: U64, low: int, high: int) -> NDArray[np.int64]:
    """Integers low..high, both included: ⌊random × span ÷ 2⁶⁴⌋ + low, so each is as likely as the others to 2⁻⁶⁴."""
    span = high - low + 1
    offset = _times_high(random, span) if span >= 2**32 else _times_high32(random, span)
    result = offset.view(np.int64)
    with np.errstate(over="ignore"):
        result += np.int64(low)
    return result


def _times_high32(random: U64, span: int) -> U64:
    """The upper 64 bits of random × span, for a span below 2³²."""
    factor = np.uint64(span)
    low = random & _LOW32
    low *= factor
    low >>= _32
    high = random >> _32
    high *= factor
    high += low
    high >>= _32
    return high


def _times_high(random: U64, span: int) -> U64:
    """The upper 64 bits of random × span, for any span up to 2⁶⁴, by schoolbook multiplication."""
    if span == 2**64:
        return random.copy()
    a1, a0 = random >> _32, random & _LOW32
    b1, b0 = np.uint64(span >> 32), np.uint64(span & 0xFFFFFFFF)
    middle = a1 * b0 + ((a0 * b0) >> _32)
    carry = (middle & _LOW32) + a0 * b1
    high: U64 = a1 * b1 + (middle >> _32) + (carry >> _32)
    return high


def real(random: U64, low: float, high: float) -> NDArray[np.float64]:
    """Floats in [low, high): low + u × (high − low), rounded twice."""
    u = uniform(random)
    u *= high - low
    u += low
    return u


def steps(random: U64, low: int, high: int, step: int) -> NDArray[np.int64]:
    """Whole multiples of `step` above `low`, up to `high` included: prices that end in 9, quarters of an hour."""
    result = between(random, 0, (high - low) // step)
    result *= step
    result += low
    return result


def chance(random: U64, probability: float) -> NDArray[np.bool_]:
    """True with the probability, exact to 2⁻⁵³."""
    return (random >> np.uint64(11)) < np.uint64(round(probability * 2.0**53))
