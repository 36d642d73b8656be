"""Uniform numbers from random bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, uniform

_LOW32 = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


def between(random: U64, low: int, high: int) -> NDArray[np.int64]:
    """Integers low..high, both included; each is as likely as the others to 2⁻⁶⁴."""
    result = scaled(random, high - low + 1).view(np.int64)
    result += np.int64(low)
    return result


def scaled(random: U64, span: int | U64) -> U64:
    """⌊random × span ÷ 2⁶⁴⌋: integers 0..span−1. An array gives each row its own span (below 2⁶⁴, 0 where it is 0)."""
    if isinstance(span, int) and span < 2**32:
        return _times_high32(random, np.uint64(span))
    if isinstance(span, int) and span == 2**64:
        return random.copy()
    return _times_high(random, np.uint64(span) if isinstance(span, int) else span)


def _times_high32(random: U64, span: np.uint64) -> U64:
    """The upper 64 bits of random × span, for a span below 2³²."""
    low = random & _LOW32
    low *= span
    low >>= _32
    high = random >> _32
    high *= span
    high += low
    high >>= _32
    return high


def _times_high(random: U64, span: np.uint64 | U64) -> U64:
    """The upper 64 bits of random × span, by schoolbook multiplication of 32-bit halves."""
    a1, a0 = random >> _32, random & _LOW32
    b1, b0 = span >> _32, span & _LOW32
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
