"""The answer key as Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.stream import Stream
from sbdk.synth.timeline import micros
from sbdk.synth.answer_key.buckets import bucket_table
from sbdk.synth.answer_key.defects import defect_table
from sbdk.datasets.retail.truth import scd1, scd2
from sbdk.synth.answer_key.classify import Judge, Judged
from sbdk.datasets.retail.windows import total, window_parts
from sbdk.synth.table import World

_CHUNK = 200_000
"""Positions that are judged at a time."""


def truth_positions(world: World, dirt: Dirt, until: datetime | None = None) -> dict[str, int]:
    """How many records each table has emitted before a virtual time (default: the anchor)."""
    time = micros(until or world.anchor)
    return {table: Stream(world, table, dirt).count(time) for table in world.tables}


def write_truth(
    world: World,
    dirt: Dirt,
    out: Path,
    *,
    positions: Mapping[str, int] | None = None,
    until: datetime | None = None,
) -> list[Path]:
    """Write defects and buckets of what has `positions`, for data sets that have dimensions scd1_*, scd2_* and windows,
    and what others know: for the bookstore demand, experiments and ended, until `until`.

    positions: by table, how many records have been emitted (of a landing folder: `landed_positions`); by default
    those before `until`, the anchor by default. Each file is replaced whole.
    """
    out.mkdir(parents=True, exist_ok=True)
    seen = dict(positions) if positions is not None else truth_positions(world, dirt, until)
    dimensions: tuple[str, ...] = getattr(world, "dimensions", ())
    summed: list[pa.Table] = []
    found, placed = _Growing(out / "defects.parquet"), _Growing(out / "buckets.parquet")
    with found, placed:
        for table, judged in _judged(world, dirt, seen):
            found.add(defect_table(table, judged))
            placed.add(bucket_table(table, judged))
            if dimensions and table == "sales":
                summed.append(window_parts(judged))
    made = {}
    for table in dimensions:
        made[f"scd1_{table}"] = scd1(world, dirt, table, 0, seen[table])
        made[f"scd2_{table}"] = scd2(world, dirt, table, 0, seen[table])
    if summed:
        made["windows"] = total(summed)
    files = [_write([content], out / f"{name}.parquet") for name, content in made.items()]
    files += [_write(parts, out / f"{name}.parquet") for name, parts in _answers(world, until).items()]
    return [*((found.path, placed.path) if seen else ()), *files]


def answering(world: Any) -> dict[str, Any]:
    """By table, the data set that it is of, for those that know their truth themselves, with a method `answers`."""
    owned = {table: world.owner(table) if hasattr(world, "owner") else world for table in world.tables}
    return {table: owner for table, owner in owned.items() if hasattr(owner, "answers")}


def _answers(world: World, until: datetime | None) -> dict[str, Iterable[pa.Table]]:
    """What those data sets know, by file, in parts."""
    own = {id(owner): owner for owner in answering(world).values()}
    return {name: parts for owner in own.values() for name, parts in owner.answers(until or world.anchor).items()}


def _judged(world: World, dirt: Dirt, seen: Mapping[str, int]) -> Iterator[tuple[str, Judged]]:
    """All emitted records, by table and chunk; at least one chunk each."""
    for table, stop in seen.items():
        judge = Judge(world, dirt, table, seen)
        for start in range(0, max(stop, 1), _CHUNK):
            yield table, judge.judge(start, min(start + _CHUNK, stop))


class _Growing:
    """A Parquet file that tables are added to; it appears when it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(f".{path.name}.part")
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._part, table.schema, compression="zstd", store_schema=False)
        self._writer.write_table(table)

    def __enter__(self) -> _Growing:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
            if kind is None:
                self._part.replace(self.path)


def _write(parts: Iterable[pa.Table], path: Path) -> Path:
    with _Growing(path) as file:
        for part in parts:
            file.add(part)
    return path
