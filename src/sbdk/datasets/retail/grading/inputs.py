"""The retail streams: what was received of them, and the answer key for just that."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import UsageError
from sbdk.score.graded import Graded

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection as Connection

    from sbdk.pipeline.project import Project
    from sbdk.score import GradedTables
    from sbdk.synth.dirt import Dirt
    from sbdk.synth.answer_key.classify import Judged
    from sbdk.synth.table import World

STREAMS = ("stores", "customers", "products", "sales")
_CHUNK = 200_000


def grade_retail(project: Project, connection: Connection, landing: Path | None) -> Graded:
    """Against the truth of what was received: by stream, the highest position in its bronze table, else what the
    landing folder holds.

    Raises UsageError where nothing was received; ConfigError for a wrong mapping; SourceError if the configuration has
    changed since, so that its truth is about other records.
    """
    from sbdk.datasets.retail.grading import RetailTables, grade

    world, dirt = streams_of(project)
    folder = landing or landing_folder(project)
    _same_world(project, world, dirt, folder)
    tables = RetailTables(connection, project.loaded.config.score)
    received = received_records(connection, tables, folder)
    if not any(received.values()):
        raise UsageError("nothing was received, so there is nothing to grade", hint="run `sbdk dev`, or `sbdk stream`")
    return Graded(grade(connection, truth_tables(world, dirt, received), tables), received)


def _same_world(project: Project, world: World, dirt: Dirt, folder: Path) -> None:
    """SourceError if the landing files say that they are of another world: then its truth is not theirs."""
    from sbdk.pipeline.landing import claim_landing

    if (folder / ".world").exists():
        claim_landing(world, project.loaded.config.seed, dirt.rates, folder)


def landing_folder(project: Project) -> Path:
    return project.root / project.loaded.config.streams.folder


def streams_of(project: Project) -> tuple[World, Dirt]:
    """The retail data set of a project, and its dirt; UsageError if the project has none."""
    from sbdk.synth.dirt import dirt_of

    world, config = project.world(), project.loaded.config
    owners = [world.owner(table) if hasattr(world, "owner") else world for table in world.tables]
    retail: Any = next((owner for owner in owners if hasattr(owner, "default_dirt")), None)
    if retail is None:
        raise UsageError(
            f"the data sets of this project have no streams: {', '.join(config.datasets) or 'none'}",
            hint='"datasets": ["retail"] in sbdk_config.json, or `sbdk init NAME --template retail`',
        )
    rates = {table: rates for table, rates in config.dirt.items() if table in retail.tables}
    return retail, dirt_of(retail, config.seed, rates)


def received_records(connection: Connection, tables: GradedTables, landing: Path) -> dict[str, int]:
    """By stream: one more than the highest source_position in its bronze table, else the end of its landing files."""
    from sbdk.synth.streams import landed_positions

    known: dict[str, int] = {}
    for stream in STREAMS:
        position = tables.column(f"bronze_{stream}", "source_position") if tables.has(f"bronze_{stream}") else None
        if position:
            relation = tables.relation(f"bronze_{stream}")
            row = connection.execute(f"select coalesce(max({position}) + 1, 0) from {relation}").fetchone()  # noqa: S608
            known[stream] = int(row[0]) if row else 0
    rest = [stream for stream in STREAMS if stream not in known]
    return {**known, **landed_positions(landing, rest)}


def truth_tables(world: World, dirt: Dirt, received: Mapping[str, int]) -> dict[str, pa.Table]:
    """The answer key for the first `received` records of each stream, as `sbdk.score.grade` wants it."""
    import pyarrow as pa

    from sbdk.synth.answer_key import scd2
    from sbdk.synth.answer_key.defects import defect_table
    from sbdk.synth.answer_key.classify import Judge
    from sbdk.datasets.retail.windows import total, window_parts

    judges = {stream: Judge(world, dirt, stream, received) for stream in STREAMS}
    spans = [
        (stream, start, min(start + _CHUNK, received[stream]))
        for stream in STREAMS
        for start in range(0, max(received[stream], 1), _CHUNK)
    ]

    def of(span: tuple[str, int, int]) -> tuple[str, pa.Table, pa.Table, pa.Table | None]:
        stream, start, stop = span
        judged = judges[stream].judge(start, stop)
        window = window_parts(judged) if stream == "sales" else None
        return stream, _records(judged), defect_table(stream, judged), window

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(of, spans))
    made = {f"records_{stream}": pa.concat_tables([r for s, r, _, _ in parts if s == stream]) for stream in STREAMS}
    made["defects"] = pa.concat_tables([defects for _, _, defects, _ in parts])
    made["windows"] = total([window for *_, window in parts if window is not None])
    for stream in STREAMS[:-1]:
        made[f"history_{stream}"] = scd2(world, dirt, stream, 0, received[stream])
    return made


def _records(judged: Judged) -> pa.Table:
    """position, key, time, bucket of each record; and its text, of those that belong in quarantine."""
    import numpy as np
    import pyarrow as pa

    from sbdk.synth.columns import dictionary, timestamps
    from sbdk.synth.answer_key.classify import BUCKETS

    chunk = judged.chunk
    source = chunk.stream.source
    facts = getattr(source, "has_facts", False)
    times = np.zeros(len(chunk.span.row), np.int64) if facts else source.times(chunk.span.row)
    return pa.table(
        {
            "position": pa.array(np.arange(chunk.start, chunk.stop, dtype=np.int64)),
            "key": chunk.clean.column(source.key[0]),
            "time": timestamps(times),
            "bucket": dictionary(judged.bucket, BUCKETS).cast(pa.string()),
            "record": _texts(judged),
        }
    )


def _texts(judged: Judged) -> pa.Array:
    """The lines of the records that are to be quarantined; null for the others."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from sbdk.synth.dirt.delivery_order import Span
    from sbdk.synth.dirt.stream import Chunk
    from sbdk.synth.answer_key.classify import BUCKETS

    chunk, bad = judged.chunk, judged.bucket == BUCKETS.index("quarantined")
    few = Chunk(chunk.stream, Span(0, *(column[bad] for column in (chunk.span.row, chunk.span.copy, chunk.span.at))))
    nothing = pa.nulls(len(bad), pa.large_string())
    return pc.replace_with_mask(nothing, pa.array(np.asarray(bad)), few.lines) if bad.any() else nothing
