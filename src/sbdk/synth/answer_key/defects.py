"""The defects of an emitted range: position, dirty and clean value, and the right treatment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.synth.answer_key.classify import BUCKETS, NEVER, ClassifiedRecords, Classifier, keys, texts
from sbdk.synth.columns import timestamps
from sbdk.synth.dirt.corruption import CorruptedRecord
from sbdk.synth.dirt.defect_rates import I64, Dirt, Mask
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.values import planted_values
from sbdk.synth.json_text import json_texts

UNKNOWN = "Unknown"
SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("position", pa.int64()),
        ("key", pa.string()),
        ("emitted_at", pa.timestamp("us")),
        ("defect", pa.string()),
        ("kind", pa.string()),
        ("column", pa.string()),
        ("dirty_value", pa.string()),
        ("clean_value", pa.string()),
        ("original_value", pa.string()),
        ("treatment", pa.string()),
        ("bucket", pa.string()),
        ("first_position", pa.int64()),
        ("resolved_at", pa.timestamp("us")),
    ]
)


def defects(
    emitter: Emitter, dirt: Dirt, table: str, start: int, stop: int, *, seen: Mapping[str, int] | None = None
) -> pa.Table:
    """One row per defect of the emitted records start ≤ position < stop, by position.

    dirty_value: as delivered (null: nothing). clean_value: after the right treatment. original_value: of the clean
    record (for example the e-mail address that was left out). treatment: keep, quarantine, keep_one, order, late,
    hold, evolve. bucket: as in `buckets`. kind: of malformed and schema_drift. first_position: of a
    duplicate's first delivery. resolved_at: delivery of an orphan's parent (virtual time; null if none is in reach).
    A malformed record has no other row.
    """
    return defect_table(table, Classifier(emitter, dirt, table, seen).classify(start, stop))


def defect_table(table: str, records: ClassifiedRecords) -> pa.Table:
    """As `defects`, for classified records."""
    parts = [part for part in _parts(table, records) if part.num_rows]
    whole = pa.concat_tables(parts) if parts else SCHEMA.empty_table()
    return whole.sort_by([("position", "ascending"), ("defect", "ascending")])


def _parts(table: str, records: ClassifiedRecords) -> Iterator[pa.Table]:
    rows = _Rows(table, records)
    chunk = records.chunk
    dirt, schema = chunk.stream.dirt, chunk.stream.source.schema
    for defect, column, mask in planted_values(dirt, schema, chunk.span.row):
        yield rows.value(defect, column, mask & ~records.unreadable)
    if chunk.stream.source.is_fact:
        yield rows.unchanged("return", dirt.planted("return", chunk.span.row) & ~records.unreadable, "quantity", "keep")
    time = chunk.stream.source.time_column
    yield rows.unchanged("duplicate", records.repeated, None, "keep_one", first_position=True)
    yield rows.unchanged("late", records.late, time, "late")
    yield rows.unchanged("out_of_order", records.out_of_order, time, "order")
    for column, mask in records.unknown.items():
        yield rows.unchanged("orphan", mask, column, "hold", resolved=records.resolved[column])
    yield rows.corrupted(chunk.corrupted)


class _Rows:
    """Builds rows of the defects table."""

    def __init__(self, table: str, records: ClassifiedRecords) -> None:
        self._table, self._records, self._chunk = table, records, records.chunk
        self._keys = keys(records.chunk)

    def _rows(self, places: I64, defect: str, treatment: str | pa.Array, **given: pa.Array) -> pa.Table:
        index, size = pa.array(places), len(places)
        columns = {
            "table": pa.repeat(self._table, size),
            "position": pa.array(places + self._chunk.start),
            "key": self._keys.take(index),
            "emitted_at": timestamps(self._chunk.span.at.take(places)),
            "defect": pa.repeat(defect, size),
            "treatment": pa.repeat(treatment, size) if isinstance(treatment, str) else treatment,
            "bucket": pa.array(BUCKETS).take(pa.array(self._records.bucket.take(places))),
            **given,
        }
        return pa.table([columns.get(f.name, pa.nulls(size, f.type)) for f in SCHEMA], schema=SCHEMA)

    def value(self, defect: str, column: str, mask: Mask) -> pa.Table:
        """A defect that made a cell null or negative."""
        places = np.flatnonzero(mask)
        original = texts(self._chunk.clean.column(column).take(pa.array(places)))
        dirty = texts(self._chunk.values.column(column).take(pa.array(places)))
        missing = defect.startswith("missing")
        words = missing and pa.types.is_string(self._chunk.clean.schema.field(column).type)
        return self._rows(
            places,
            defect,
            "keep" if missing else "quarantine",
            column=pa.repeat(column, len(places)),
            dirty_value=dirty,
            clean_value=pa.repeat(UNKNOWN, len(places)) if words else original,
            original_value=original,
        )

    def unchanged(
        self,
        defect: str,
        mask: Mask,
        column: str | None,
        treatment: str,
        *,
        resolved: I64 | None = None,
        first_position: bool = False,
    ) -> pa.Table:
        """A defect that changes no cell."""
        places = np.flatnonzero(mask)
        given: dict[str, pa.Array] = {}
        if column is not None:
            value = texts(self._chunk.clean.column(column).take(pa.array(places)))
            given = dict.fromkeys(("dirty_value", "clean_value", "original_value"), value)
            given["column"] = pa.repeat(column, len(places))
        if resolved is not None:
            when = resolved.take(places)
            given["resolved_at"] = timestamps(when, when != NEVER)
        if first_position:
            first = self._chunk.stream.deliveries.first_positions(self._chunk.span.row.take(places))
            given["first_position"] = pa.array(first)
        return self._rows(places, defect, treatment, **given)

    def corrupted(self, corrupted: list[CorruptedRecord]) -> pa.Table:
        """Malformed and drifted records."""
        parts = [SCHEMA.empty_table()]
        for defect in ("malformed", "schema_drift"):
            selected = [record for record in corrupted if record.defect == defect]
            places = np.array([record.place for record in selected], np.int64)
            unreadable = self._records.unreadable.take(places)
            pairs = [self._before_and_after(record) for record in selected]
            clean = pa.array([after for _, after in pairs], pa.string())
            parts.append(
                self._rows(
                    places,
                    defect,
                    pc.if_else(pa.array(unreadable), "quarantine", "evolve"),
                    kind=pa.array([record.kind for record in selected], pa.string()),
                    column=pa.array([record.column for record in selected], pa.string()),
                    dirty_value=pa.array([before for before, _ in pairs], pa.string()),
                    clean_value=clean,
                    original_value=clean,
                )
            )
        return pa.concat_tables(parts)

    def _before_and_after(self, record: CorruptedRecord) -> tuple[str | None, str | None]:
        """The text of the cell as delivered, and as in the clean record."""
        batch = self._chunk.values
        if record.column is None:
            return None, None
        if record.column not in batch.schema.names:
            return dict(record.cells([])).get(record.column, "").strip('"'), None
        cell = batch.column(record.column).slice(record.place, 1)
        delivered = dict(record.cells([(record.column, json_texts(cell, record.column)[0].as_py())])).get(record.column)
        return None if delivered is None else delivered.strip('"'), texts(cell)[0].as_py()
