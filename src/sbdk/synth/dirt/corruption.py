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
    """How one record was corrupted: its index in the chunk, defect, kind of defect, column (None: the whole line)."""

    place: int
    defect: str
    kind: str
    column: str | None

    def cells(self, clean: Cells) -> Cells:
        """The record's cells as delivered; for broken JSON, those before it is cut."""
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
        """The record as a line, with its line end."""
        inside = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{text}" for name, text in self.cells(clean))
        whole = f"{{{inside}}}"
        return f"{whole[: len(whole) * 2 // 3] if self.kind == 'broken_json' else whole}\n"


class Corruption:
    """Decides which records of a table are corrupted, and how."""

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
        """The corrupted ones among the records. A malformed record does not drift as well."""
        malformed = self._dirt.planted("malformed", rows)
        drifted = self._dirt.planted("schema_drift", rows) & ~malformed
        corrupted = self._kinds("malformed", MALFORMED, rows, malformed)
        corrupted += self._kinds("schema_drift", DRIFTED, rows, drifted)
        return sorted(corrupted, key=lambda record: record.place)

    def unreadable(self, rows: I64) -> Mask:
        """Which records cannot be used: malformed ones, and those that lost a column by drift."""
        unreadable = self._dirt.planted("malformed", rows)
        drifted = np.flatnonzero(self._dirt.planted("schema_drift", rows) & ~unreadable)
        kinds = self._drawn("schema_drift", DRIFTED, rows[drifted])
        unreadable[drifted[kinds == "column_vanishes"]] = True
        return unreadable

    def _drawn(self, defect: str, kinds: tuple[str, ...], rows: I64) -> np.ndarray:
        """The kind of corruption of each record."""
        possible = np.array([kind for kind in kinds if self._columns[kind]])
        return possible.take((self._dirt.cells(f"{defect}.kind", rows) >> np.uint64(40)) % np.uint64(len(possible)))

    def _kinds(self, defect: str, kinds: tuple[str, ...], rows: I64, mask: np.ndarray) -> list[CorruptedRecord]:
        places = np.flatnonzero(mask)
        drawn = self._drawn(defect, kinds, rows[places]).tolist()
        random = self._dirt.cells(f"{defect}.kind", rows[places])
        records = []
        for place, kind, word in zip(places.tolist(), drawn, random.tolist(), strict=True):
            columns = self._columns[kind]
            records.append(CorruptedRecord(place, defect, kind, columns[(word & 0xFFFFFFFF) % len(columns)]))
        return records
