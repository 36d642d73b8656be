"""Records that break their contract: malformed ones, and those of a schema that has drifted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sbdk.synth.dirt.defect_rates import I64, Mask, TableDirt
from sbdk.synth.dirt.source import Source
from sbdk.synth.dirt.values import is_number

MALFORMED = ("wrong_type", "missing_column", "broken_json", "out_of_range")
DRIFTED = ("column_appears", "column_vanishes", "type_changes")
NEW_COLUMN = ("source_system", '"pos-2"')
"""The column that appears, and its value as JSON."""
Cells = list[tuple[str, str]]
"""A record as (column, value as JSON text)."""


@dataclass(frozen=True)
class CorruptedRecord:
    """What happened to one record: its place in the chunk, the defect, the kind of it, the column (None: the line)."""

    place: int
    defect: str
    kind: str
    column: str | None

    def cells(self, clean: Cells) -> Cells:
        """The record's cells as they are delivered (of broken JSON: before it breaks)."""
        if self.kind == "column_appears":
            return [*clean, NEW_COLUMN]
        if self.kind in ("missing_column", "column_vanishes"):
            return [cell for cell in clean if cell[0] != self.column]
        return [(name, self._value(name, text)) for name, text in clean]

    def _value(self, name: str, text: str) -> str:
        if name != self.column:
            return text
        if self.kind == "type_changes":
            return text if text.startswith('"') else json.dumps(text)
        if self.kind == "wrong_type":
            return '"yesterday"' if text.startswith('"') else '"n/a"'
        return f"{'-' if text.startswith('-') else ''}99999999999999999999999"

    def line(self, clean: Cells) -> str:
        """The record as it is written, with its line end."""
        inside = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{text}" for name, text in self.cells(clean))
        whole = f"{{{inside}}}"
        return f"{whole[: len(whole) * 2 // 3] if self.kind == 'broken_json' else whole}\n"


class Corruption:
    """Which records of a table are hurt, and how."""

    def __init__(self, source: Source, dirt: TableDirt) -> None:
        self._dirt = dirt
        free = [field for field in source.schema if field.name not in source.key]
        numbers = [f.name for f in free if is_number(f.type)]
        times = [f.name for f in free if pa.types.is_timestamp(f.type)]
        exact = [f.name for f in free if is_number(f.type) and not pa.types.is_floating(f.type)]
        required = [f.name for f in free if not f.nullable] or [f.name for f in free]
        texts = [f.name for f in free if f.name not in (*numbers, *times)] or required
        self._columns: dict[str, Sequence[str | None]] = {
            "wrong_type": numbers + times,
            "missing_column": required,
            "broken_json": [None],
            "out_of_range": exact,
            "column_appears": [NEW_COLUMN[0]],
            "column_vanishes": texts,
            "type_changes": numbers,
        }

    def among(self, rows: I64) -> list[CorruptedRecord]:
        """Every hurt record; one that is malformed does not drift as well."""
        malformed = self._dirt.planted("malformed", rows)
        drifted = self._dirt.planted("schema_drift", rows) & ~malformed
        hurt = self._kinds("malformed", MALFORMED, rows, malformed)
        hurt += self._kinds("schema_drift", DRIFTED, rows, drifted)
        return sorted(hurt, key=lambda record: record.place)

    def unreadable(self, rows: I64) -> Mask:
        """Which records cannot be used: the malformed ones, and those of which a drift took a column."""
        lost = self._dirt.planted("malformed", rows)
        drifted = np.flatnonzero(self._dirt.planted("schema_drift", rows) & ~lost)
        kinds = self._drawn("schema_drift", DRIFTED, rows[drifted])
        lost[drifted[kinds == "column_vanishes"]] = True
        return lost

    def _drawn(self, defect: str, kinds: tuple[str, ...], rows: I64) -> np.ndarray:
        """The kind of damage of each of the records."""
        possible = np.array([kind for kind in kinds if self._columns[kind]])
        return possible.take((self._dirt.cells(f"{defect}.kind", rows) >> np.uint64(40)) % np.uint64(len(possible)))

    def _kinds(self, defect: str, kinds: tuple[str, ...], rows: I64, mask: np.ndarray) -> list[CorruptedRecord]:
        places = np.flatnonzero(mask)
        drawn = self._drawn(defect, kinds, rows[places]).tolist()
        random = self._dirt.cells(f"{defect}.kind", rows[places])
        found = []
        for place, kind, word in zip(places.tolist(), drawn, random.tolist(), strict=True):
            columns = self._columns[kind]
            found.append(CorruptedRecord(place, defect, kind, columns[(word & 0xFFFFFFFF) % len(columns)]))
        return found
