"""stores: where it is sold. An update brings a new manager or another status."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa

from sbdk.synth.cells import lane
from sbdk.synth.columns import Choice
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.datasets.retail.dimensions import Dimension
from sbdk.datasets.retail.versions import I64, Change, Records
from sbdk.datasets.retail.vocabulary import vocabulary
from sbdk.datasets.retail.words import addresses, joined, people, phones, picked

_STATUS = Choice.of((0, 1, 2), (90, 6, 4))


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
    changes: ClassVar = {"manager": Change(0.7, at_least=True), "status": Change(0.35, (1, 2))}

    def cells(self, records: Records, rows: I64, entity: I64) -> dict[str, pa.Array]:
        random = self.words("name", entity)
        at_first = _STATUS.codes(lane(self.words("status", entity), 0)).astype(np.int64)
        status = (at_first + records.steps["status"].take(rows)) % 3
        manager = records.origin["manager"].take(rows).astype(np.uint64)
        return {
            "name": joined(picked("brands", random), " ", picked("places", random, 8)),
            "address": addresses(self.words("address", entity)),
            "manager": people(self.column_key("manager"), manager, self.names),
            "open_date": self.since("open_date", entity, 10, records),
            "status": vocabulary("statuses").take(pa.array(status)),
            "phone_number": phones(self.words("phone_number", entity)),
        }
