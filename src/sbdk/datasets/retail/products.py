"""products: what is sold. An update changes the stock level, and at times the price."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.synth.cells import below
from sbdk.synth.columns import between, decimals, integers
from sbdk.datasets.retail.dimensions import Dimension
from sbdk.datasets.retail.versions import I64, Change, Records
from sbdk.datasets.retail.vocabulary import vocabulary
from sbdk.datasets.retail.words import joined, picked

MONEY = pa.decimal128(12, 2)
_LOWEST = np.array(vocabulary("garment_lowest_cents").to_pylist(), np.int64)
_HIGHEST = np.array(vocabulary("garment_highest_cents").to_pylist(), np.int64)


class Products(Dimension):
    name = "products"
    key = "product_id"
    columns: ClassVar = (
        pa.field("name", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("brand", pa.string(), nullable=False),
        pa.field("price", MONEY, nullable=False),
        pa.field("stock_quantity", pa.int32(), nullable=False),
        pa.field("size", pa.string(), nullable=False),
        pa.field("color", pa.string(), nullable=False),
        pa.field("description", pa.string(), nullable=False),
    )
    _priced: tuple[Records, I64] | None = None
    changes: ClassVar = {"stock_quantity": Change(1.0), "price": Change(0.4)}

    def all_cents(self, records: Records) -> I64:
        """The price of every record; kept, since every sale asks for one."""
        kept = self._priced
        if kept is None or kept[0] is not records:
            self._priced = kept = records, self.cents(records, np.arange(len(records.time), dtype=np.int64))
        return kept[1]

    def cents(self, records: Records, rows: I64) -> I64:
        """The price of each record: the first one, or 70 to 120 % of it; always ends in 9."""
        entity, origin = records.entity.take(rows).astype(np.int64), records.origin["price"].take(rows)
        garment = self._garment(entity)
        span = (_HIGHEST - _LOWEST).take(garment) // 10
        steps = (below(self.words("price", entity), 2**20).view(np.int64) * span) >> 20
        first = _LOWEST.take(garment) + steps * 10
        percent = between(self.words("price.percent", origin), 70, 120)
        now = np.where(records.version.take(origin) == 0, first, first * percent // 100)
        return now // 10 * 10 + 9

    def _garment(self, entity: I64) -> I64:
        return below(self.words("garment", entity), len(_LOWEST)).view(np.int64)

    def cells(self, records: Records, rows: I64, entity: I64) -> dict[str, pa.Array]:
        garment = pa.array(self._garment(entity))
        kind, looks = vocabulary("garments").take(garment), self.words("looks", entity)
        category, brand, color = (
            vocabulary("garment_categories").take(garment),
            picked("brands", looks),
            picked("colors", looks, 8),
        )
        size = pc.if_else(
            pc.equal(category, "Shoes"), picked("shoe_sizes", looks, 16), picked("clothing_sizes", looks, 16)
        )
        size = pc.if_else(pc.equal(category, "Accessories"), "one size", size)
        story = self.words("description", entity)
        fit, material, occasion = picked("fits", story), picked("materials", story, 8), picked("occasions", story, 16)
        even = below(self.words("stock_quantity", records.origin["stock_quantity"].take(rows)), 250).view(np.int64) * 2
        odd = records.steps["stock_quantity"].take(rows) & 1  # so that no change leaves the level as it was
        return {
            "name": joined(brand, " ", picked("lines", looks, 24), " ", kind),
            "category": category,
            "brand": brand,
            "price": decimals(self.cents(records, rows), 12, 2),
            "stock_quantity": integers((even + odd).astype(np.int32)),
            "size": size,
            "color": color,
            "description": joined(kind, " in ", material, ", ", fit, ", for ", occasion),
        }
