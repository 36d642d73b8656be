"""`sbdk.landed`: the records of the landing folder for a dlt resource, each file exactly once.

In a run the streams of the project first write the files up to the clock. The records of a stream are numbered in the
order in which they are received; the number and the files read are stored in the resource's state, inside the build, so
that a failed run leaves no trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import LockHeld
from sbdk.core.events import Noted
from sbdk.run.source_context import SourceContext, current_context

if TYPE_CHECKING:
    import pyarrow as pa

REPLAYS = "replays"
"""The stream of requests to classify a record again; only `sbdk quarantine replay` writes it."""
_RANGE = re.compile(r"^(\d{12,})-(\d{12,})\.")
_LARGE = 150_000


def landed(stream: str) -> Iterator[Any]:
    """The records of `landing/<stream>/` that are not in the warehouse yet; to be yielded from a dlt resource.

    Columns: received (int64, from 0, in the order of arrival), record (the line, as text), fault (why the line cannot
    be read; null if it may be a record), source_file, source_position (from 0: in the stream if the file's name
    contains the range, else in the file), ingest_timestamp (wall time, UTC, naive), run_id.
    Outside of a run: the same of all files, from the project around the current folder.
    """
    context = current_context()
    if context is None:
        from sbdk.run.project_context import open_context

        project = open_context(Path.cwd())
        return _tables(project.root, project.root / project.loaded.config.streams.folder / stream, {}, "")
    return _landed_files(context, stream)


def first_position(name: str) -> int:
    """The position of a landing file's first record: 0, unless its name contains the range."""
    span = _RANGE.match(name)
    return int(span[1]) if span else 0


def _landed_files(context: SourceContext, stream: str) -> Iterator[Any]:
    """Parquet files for dlt to import, a first empty one so that the table is there."""
    import dlt
    import pyarrow.parquet as pq

    from sbdk.load import parquet_item

    caller = current_context() or context  # a generator created at import runs in the context of its resource
    caller.record_use(context.used.streams, stream)
    _write_streams(context, stream)
    folder = context.root / context.config.streams.folder / stream
    listed = {f"{context.config.streams.folder}/{stream}/[!.]*": set(_files(folder))}
    context.used.listed.setdefault(caller.file, {}).update(listed)
    state, first = dlt.current.resource_state(), not dlt.current.resource_state()
    (context.parts / stream).mkdir(parents=True, exist_ok=True)
    tables = _concatenated(_tables(context.root, folder, state, context.run_id))
    for number, table in enumerate([_schema().empty_table()] if first else []):
        yield _item(parquet_item, pq, table, context.parts / stream / f"empty-{number}.parquet")
    for number, table in enumerate(tables):
        yield _item(parquet_item, pq, table, context.parts / stream / f"{number:06d}.parquet")


def _item(parquet_item: Any, pq: Any, table: pa.Table, path: Path) -> Any:
    pq.write_table(table, path, compression="none", use_dictionary=False, row_group_size=40_000, store_schema=False)
    return parquet_item(path, table.num_rows, table.schema)


def _write_streams(context: SourceContext, stream: str) -> None:
    """Have the streams of the data set write all records up to the clock, on the first call in a run."""
    if stream not in context.world.tables:
        return
    dataset = context.world.owner(stream)
    with context.streams.lock:
        if dataset.name in context.streams.written:
            return
        context.streams.written.add(dataset.name)
        from sbdk.synth.dirt import dirt_of
        from sbdk.synth.streams import LandingSink, run_streams
        from sbdk.synth.streams.landing import claimed_landing

        config = context.config
        folder = context.root / config.streams.folder
        rates = {table: rates for table, rates in config.dirt.items() if table in dataset.tables}
        dirt = dirt_of(dataset, config.seed, rates)
        try:
            with claimed_landing(dataset, config.seed, dirt.rates, folder):
                run_streams(
                    dataset,
                    dirt,
                    LandingSink(folder, config.streams.format, durable=False),
                    until=context.clock,
                    batches_per_file=config.streams.batches_per_file,
                    threads=context.threads,
                    emit=context.emit,
                )
        except LockHeld as error:
            context.emit(Noted("generate", f"{error.message}: the files that have landed so far are loaded"))


def _files(folder: Path) -> list[Path]:
    """By name, which is the order of arrival; hidden files are still being written."""
    return sorted(path for path in folder.glob("*") if path.is_file() and not path.name.startswith("."))


def _tables(root: Path, folder: Path, state: dict[str, Any], run_id: str) -> Iterator[pa.Table]:
    """The records of the files that are not in `state`, which is updated.

    Its keys: until: stop of the last file with a range in its name. others: names of all other files read. received:
    number of records.
    """
    import numpy as np
    import pyarrow as pa

    from sbdk.ingest.records import read_records

    now = datetime.now(UTC).replace(tzinfo=None)
    for path in _files(folder):
        span = _RANGE.match(path.name)
        first = first_position(path.name)
        if first < state.get("until", 0) if span else path.name in state.get("others", ()):
            continue
        for records in read_records(path):
            size, start = len(records.text), state.get("received", 0)
            state["received"] = start + size
            columns = [
                pa.array(np.arange(start, start + size)),
                records.text,
                records.error,
                pa.repeat(path.relative_to(root).as_posix(), size),
                _shifted(records.line, first),
                pa.repeat(pa.scalar(now, pa.timestamp("us")), size),
                pa.repeat(run_id, size),
            ]
            yield pa.Table.from_arrays(columns, schema=_schema())
        if span:
            state["until"] = int(span[2])
        else:
            state.setdefault("others", []).append(path.name)


def _shifted(lines: pa.Int64Array, first: int) -> Any:
    import pyarrow.compute as pc

    return pc.add(lines, first)


def _concatenated(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The tables, small ones concatenated."""
    import pyarrow as pa

    pending: list[pa.Table] = []
    for table in tables:
        pending.append(table)
        if sum(each.num_rows for each in pending) >= _LARGE or sum(each.nbytes for each in pending) >= 64 << 20:
            yield pa.concat_tables(pending)
            pending = []
    if pending:
        yield pa.concat_tables(pending)


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("received", pa.int64(), nullable=False),
            pa.field("record", pa.large_string(), nullable=False),
            pa.field("fault", pa.string()),
            pa.field("source_file", pa.string(), nullable=False),
            pa.field("source_position", pa.int64(), nullable=False),
            pa.field("ingest_timestamp", pa.timestamp("us"), nullable=False),
            pa.field("run_id", pa.string(), nullable=False),
        ]
    )
