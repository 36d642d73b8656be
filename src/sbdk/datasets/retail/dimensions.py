"""The three dimensions, whose records are updated: stores, customers, products."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sbdk.datasets.retail.garments import catalogue, styles
from sbdk.datasets.retail.places import addresses, customer_cities, phones, places, store_cities
from sbdk.datasets.retail.settings import RetailStreams
from sbdk.datasets.retail.versions import (
    I64,
    Change,
    DimensionPlan,
    DimensionRecords,
    Growth,
    column_bits,
    drawn_values,
)
from sbdk.datasets.retail.words import emails, number, vocabulary
from sbdk.synth.cells import U64, below, cell_key, lane, uniform
from sbdk.synth.columns import Choice, between, decimals, integers, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.columns.names import NamePools, People
from sbdk.synth.vocab import LOCALES, names
from sbdk.synth.vocab.lists import joined

TIME = "last_update_time"


class Dimension(ABC):
    """Records of one dimension. Record k carries the entity's whole state after it."""

    name: ClassVar[str]
    key: ClassVar[str]
    time_column: ClassVar[str] = TIME
    columns: ClassVar[tuple[pa.Field, ...]]
    changes: ClassVar[Mapping[str, Change]]

    def __init__(self, seed: int, start: int, locale: str, settings: RetailStreams) -> None:
        volumes = (settings.initial, settings.new_per_batch, settings.new_per_day, settings.update_share)
        growth = Growth(*(getattr(volume, self.name) for volume in volumes))
        self.plan = DimensionPlan(seed, self.name, start, growth, self.changes)
        self.schema = pa.schema(
            [
                pa.field(self.key, pa.int64(), nullable=False),
                *self.columns,
                pa.field(TIME, TIMESTAMP, nullable=False),
            ]
        )
        self.start, self._seed, self._first_stores = start, seed, settings.initial.stores
        pool = names(LOCALES.get(locale, "US"))
        self._pools, self._female = NamePools([pool]), np.array(pool.female)

    def before(self, time: int) -> int:
        """Records with a time before `time` (microseconds)."""
        return int(np.searchsorted(self.plan.until(time).time, time))

    def times(self, rows: I64) -> I64:
        """When each record came about, ascending with the row."""
        return self.plan.containing(int(rows.max(initial=-1)) + 1).time.take(rows, mode="clip")

    def rows(self, rows: I64) -> pa.RecordBatch:
        """The records of any row numbers, in that order."""
        records = self.plan.containing(int(rows.max(initial=-1)) + 1)
        entity = records.entity.take(rows).astype(np.int64)
        cells = self.cells(records, rows, entity)
        columns = [
            pa.array(entity + 1),
            *(cells[field.name] for field in self.columns),
            timestamps(records.time.take(rows)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    @abstractmethod
    def cells(self, records: DimensionRecords, rows: I64, entity: I64) -> dict[str, pa.Array]:
        """The columns between key and time, by name."""

    def column_bits(self, column: str, rows: NDArray[np.integer]) -> U64:
        """Random bits of a column, by entity or by record."""
        return column_bits(self._seed, self.name, column, rows)

    def column_key(self, column: str) -> np.uint64:
        return cell_key(self._seed, self.name, column)

    def since(self, column: str, entity: I64, years: int, records: DimensionRecords) -> pa.Array:
        """The day something began: for the first entities up to `years` before the start, else when they came."""
        first = records.time.take(records.first.take(entity))
        ago = (self.column_bits(column, entity) % np.uint64(years * 365 * 86_400) + np.uint64(1)).view(
            np.int64
        ) * 1_000_000
        return timestamps(np.where(entity < self.plan.initial, self.start - ago, first))


_STATUS = Choice.of((0, 1, 2), (82, 11, 7))
"""Open, renovating, closed: at the start, and at any time after, since every update draws anew."""


class Stores(Dimension):
    name = "stores"
    key = "store_id"
    columns: ClassVar = (
        pa.field("name", pa.string(), nullable=False),
        pa.field("address", pa.string(), nullable=False),
        pa.field("manager", pa.string()),
        pa.field("open_date", TIMESTAMP, nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("phone_number", pa.string(), nullable=False),
    )
    changes: ClassVar = {"manager": Change(0.7, at_least=True), "status": Change(1.0, draw=_STATUS)}

    def cells(self, records: DimensionRecords, rows: I64, entity: I64) -> dict[str, pa.Array]:
        city = self.city(entity)
        status = drawn_values(_STATUS, self.column_bits("status", records.origin["status"].take(rows)))
        manager = records.origin["manager"].take(rows).astype(np.uint64)
        return {
            "name": self._name(entity, city),
            "address": addresses(self.column_bits("address", entity), city),
            "manager": self._pools.names(self._pools.people(self.column_key("manager"), manager)),
            "open_date": self.since("open_date", entity, 10, records),
            "status": vocabulary("statuses").take(pa.array(status)),
            "phone_number": phones(self.column_bits("phone_number", entity), city),
        }

    def city(self, entity: I64) -> I64:
        """The position of each store's city among the places."""
        return store_cities(self._seed, entity)

    def _name(self, entity: I64, city: I64) -> pa.Array:
        """Chain, city and shopping centre: Alderway Chicago Northgate Mall. Another one for each store.

        Among the stores 128 × n to 128 × n + 127 every centre comes once; it has the number n + 1 if n is above 0.
        """
        centre = (entity * 77 + int(self.column_key("name") >> np.uint64(57))) & 127
        round_ = entity >> 7
        again = pc.if_else(pa.array(round_ == 0), "", joined(" ", number(round_ + 1)))
        mall = vocabulary("malls").take(pa.array(centre >> 3)), vocabulary("mall_kinds").take(pa.array(centre & 7))
        chain: str = vocabulary("chain")[0].as_py()
        return joined(chain, " ", places().names.take(pa.array(city)), " ", mall[0], " ", mall[1], again)


_OTHER = 0.03
"""The share of customers who are neither women nor men, whatever their first name."""


class Customers(Dimension):
    name = "customers"
    key = "customer_id"
    columns: ClassVar = (
        pa.field("name", pa.string(), nullable=False),
        pa.field("email", pa.string()),
        pa.field("address", pa.string(), nullable=False),
        pa.field("join_date", TIMESTAMP, nullable=False),
        pa.field("loyalty_points", pa.int32(), nullable=False),
        pa.field("phone_number", pa.string(), nullable=False),
        pa.field("age", pa.int32(), nullable=False),
        pa.field("gender", pa.string(), nullable=False),
    )
    changes: ClassVar = {
        "loyalty_points": Change(0.7, (1, 150), at_least=True),
        "address": Change(0.3),
        "phone_number": Change(0.1),
        "email": Change(0.08, (1, 2)),
    }

    def cells(self, records: DimensionRecords, rows: I64, entity: I64) -> dict[str, pa.Array]:
        people = self._pools.people(self.column_key("name"), entity.view(np.uint64))
        traits, city = self.column_bits("traits", entity), self.city(entity)
        points = between(self.column_bits("loyalty_points", entity), 0, 500) + records.steps["loyalty_points"].take(
            rows
        )
        age = 18 + (lane(traits, 0).astype(np.int32) * 35 >> 16) + (lane(traits, 1).astype(np.int32) * 35 >> 16)
        return {
            "name": self._pools.names(people),
            "email": emails(self._pools, people, records.steps["email"].take(rows)),
            "address": addresses(self.column_bits("address", records.origin["address"].take(rows)), city),
            "join_date": self.since("join_date", entity, 3, records),
            "loyalty_points": integers(points.astype(np.int32)),
            "phone_number": phones(self.column_bits("phone_number", records.origin["phone_number"].take(rows)), city),
            "age": integers(age.astype(np.int32)),
            "gender": vocabulary("genders").take(pa.array(self._gender(people, entity))),
        }

    def city(self, entity: I64) -> I64:
        """The position of each customer's city among the places. Customers move, but within their city."""
        return customer_cities(self._seed, entity, self._first_stores)

    def _gender(self, people: People, entity: I64) -> I64:
        """0 woman, 1 man, 2 other: a woman as often as the bearers of the first name are women."""
        random = uniform(self.column_bits("gender", entity))
        female = self._female.take(people.first)
        return np.where(random < _OTHER, 2, (random - _OTHER >= female * (1 - _OTHER)).astype(np.int64))


MONEY = pa.decimal128(12, 2)


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
    _priced: tuple[DimensionRecords, I64] | None = None
    changes: ClassVar = {"stock_quantity": Change(1.0), "price": Change(0.4)}

    def all_cents(self, records: DimensionRecords) -> I64:
        """The price of every record; kept, since every sale asks for one."""
        kept = self._priced
        if kept is None or kept[0] is not records:
            self._priced = kept = records, self.cents(records, np.arange(len(records.time), dtype=np.int64))
        return kept[1]

    def cents(self, records: DimensionRecords, rows: I64) -> I64:
        """The price of each record: the style's first one, or 70 to 120 % of it; always ends in 9."""
        entity, origin = records.entity.take(rows).astype(np.int64), records.origin["price"].take(rows)
        style = styles(self.column_key("style"), entity)
        first = catalogue().first_price(style, self.column_bits("price", style.number))
        percent = between(self.column_bits("price.percent", origin), 70, 120)
        return np.where(records.version.take(origin) == 0, first, first * percent // 1_000 * 10 + 9)

    def cells(self, records: DimensionRecords, rows: I64, entity: I64) -> dict[str, pa.Array]:
        garments, style = catalogue(), styles(self.column_key("style"), entity)
        kind, brand = pa.array(style.garment), vocabulary("brands").take(pa.array(style.brand))
        line = vocabulary("lines").take(pa.array(style.line))
        again = pc.if_else(pa.array(style.edition == 0), "", joined(" ", number(style.edition + 1)))
        even = (
            below(self.column_bits("stock_quantity", records.origin["stock_quantity"].take(rows)), 250).view(np.int64)
            * 2
        )
        odd = records.steps["stock_quantity"].take(rows) & 1  # so that no change leaves the level as it was
        return {
            "name": joined(brand, " ", line, " ", garments.names.take(kind), again),
            "category": garments.categories.take(kind),
            "brand": brand,
            "price": decimals(self.cents(records, rows), 12, 2),
            "stock_quantity": integers((even + odd).astype(np.int32)),
            "size": garments.sizes.picked(style.garment, self.column_bits("size", entity)),
            "color": garments.colors.take(pa.array(style.garment * 16 + style.color)),
            "description": garments.descriptions.picked(style.garment, self.column_bits("description", style.number)),
        }
