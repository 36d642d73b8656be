"""What an apparel retailer sells: 64 garments, and what each is made of, how it fits, its sizes, colors and prices.

garments.json has the lists of each garment, so that no product is of a material or a fit that its kind does not have.
Raise GARMENTS_VERSION with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.datasets.retail.words import Lists, vocabulary
from sbdk.synth.cells import U64, bits
from sbdk.synth.columns import scaled
from sbdk.synth.columns.names import permuted

I64 = NDArray[np.int64]
GARMENTS_VERSION = 1
_BLOCK = np.uint64(20)


@dataclass(frozen=True)
class Style:
    """What products have in common that differ in color and size only. By product: positions of its garment, brand
    and line; color: 0..15 of the garment's; edition: above 0 after 2²⁰ products; number: of the style."""

    garment: I64
    brand: I64
    line: I64
    color: I64
    edition: I64
    number: I64


def styles(key: np.uint64, products: I64) -> Style:
    """The style of each product (0-based). No two products have the same style and color: a block of 2²⁰ products is
    permuted to all of 64 garments × 32 brands × 32 lines × 16 colors."""
    rows = products.view(np.uint64)
    block = rows >> _BLOCK
    cell = permuted(rows & np.uint64(2**20 - 1), bits(key, block)).view(np.int64)
    edition = block.view(np.int64)
    return Style(cell >> 14, cell >> 9 & 31, cell >> 4 & 31, cell & 15, edition, (cell >> 4) + (edition << 16))


@dataclass(frozen=True)
class Catalogue:
    """The garments, by position. lowest, highest: whole dollars between which the first price lies. descriptions: of
    material, fit and occasion, all that go together. colors: 16 of each garment, one after the other."""

    names: pa.Array
    categories: pa.Array
    lowest: I64
    highest: I64
    descriptions: Lists
    sizes: Lists
    colors: pa.Array

    def first_price(self, style: Style, random: U64) -> I64:
        """Dollars and 99 cents, as cents; a brand's tier says in which part of the garment's range: the lower, the
        middle or the upper 40 %."""
        low = self.lowest.take(style.garment)
        span = self.highest.take(style.garment) - low
        begin = low + span * _tiers().take(style.brand) * 3 // 10
        dollars = begin + scaled(random, (span * 4 // 10).view(np.uint64)).view(np.int64)
        price: I64 = dollars * 100 + 99
        return price


@cache
def catalogue() -> Catalogue:
    content = json.loads(Path(__file__).with_name("garments.json").read_text("utf-8"))
    garments, sizes, colors = content["garments"], content["sizes"], content["colors"]
    return Catalogue(
        pa.array([garment["name"] for garment in garments]),
        pa.array([garment["category"] for garment in garments]),
        np.array([garment["dollars"][0] for garment in garments], np.int64),
        np.array([garment["dollars"][1] for garment in garments], np.int64),
        Lists([_descriptions(garment) for garment in garments]),
        Lists([sizes[garment["sizes"]] for garment in garments]),
        pa.array([color for garment in garments for color in colors[garment["colors"]]]),
    )


def _descriptions(garment: dict[str, Any]) -> list[str]:
    """Parka in waxed cotton, regular fit, for travel: all of the garment. Shoes and accessories have no fit."""
    fits = [f", {fit}" for fit in garment["fits"]] or [""]
    parts = product(garment["materials"], fits, garment["occasions"])
    return [f"{garment['name']} in {material}{fit}, for {occasion}" for material, fit, occasion in parts]


@cache
def _tiers() -> I64:
    """0 value, 1 middle, 2 premium, by brand."""
    return np.array([("value", "middle", "premium").index(tier) for tier in vocabulary("brand_tiers").to_pylist()])
