"""customers: who buys. An update moves house, changes the e-mail address or telephone, or brings loyalty points."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa

from sbdk.synth.cells import lane
from sbdk.synth.columns import Choice, between, dictionary, integers
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.datasets.retail.dimensions import Dimension
from sbdk.datasets.retail.versions import I64, Change, Records
from sbdk.datasets.retail.vocabulary import vocabulary
from sbdk.datasets.retail.words import addresses, emails, people, phones

_GENDER = Choice.of(vocabulary("genders").to_pylist(), (49, 48, 3))


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

    def cells(self, records: Records, rows: I64, entity: I64) -> dict[str, pa.Array]:
        key, who = self.column_key("name"), entity.view(np.uint64)
        traits = self.words("traits", entity)
        points = between(self.words("loyalty_points", entity), 0, 500) + records.steps["loyalty_points"].take(rows)
        age = 18 + (lane(traits, 0).astype(np.int32) * 35 >> 16) + (lane(traits, 1).astype(np.int32) * 35 >> 16)
        return {
            "name": people(key, who, self.names),
            "email": emails(key, who, self.names, records.steps["email"].take(rows)),
            "address": addresses(self.words("address", records.origin["address"].take(rows))),
            "join_date": self.since("join_date", entity, 3, records),
            "loyalty_points": integers(points.astype(np.int32)),
            "phone_number": phones(self.words("phone_number", records.origin["phone_number"].take(rows))),
            "age": integers(age.astype(np.int32)),
            "gender": dictionary(_GENDER.codes(lane(traits, 2)), vocabulary("genders")).cast(pa.string()),
        }
