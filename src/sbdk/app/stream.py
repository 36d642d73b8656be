"""`sbdk stream`: writes the streams of a data set to a landing folder or stdout. `sbdk truth`: its answer key."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Literal

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit, silent
from sbdk.spec.data_sets import entries

if TYPE_CHECKING:
    from sbdk.datasets.base import Dataset
    from sbdk.run.project_context import ProjectContext
    from sbdk.synth.dirt import Dirt
    from sbdk.synth.streams import StreamsResult


def stream_project(
    project: ProjectContext,
    *,
    to: Literal["landing", "stdout"] = "landing",
    file_format: Literal["jsonl", "parquet"] | None = None,
    rate: float | None = None,
    interval: float | None = None,
    batches: int | None = None,
    until: datetime | None = None,
    stop: Flag | None = None,
    emit: Emit = silent,
) -> StreamsResult:
    """Emit the streams from their last position, until a virtual time, for `batches` batches, or until `stop` is set.

    With rate (records a second) or interval (seconds a batch), or without an end, in real time; else at full speed.
    file_format: default streams.format. UsageError for a data set without streams,
    SourceError where the landing files are of another seed, range, rate or volume.
    """
    from sbdk.synth.streams import LandingSink, Sink, StdoutSink, run_streams
    from sbdk.synth.streams.landing import claimed_landing

    dataset, dirt = streams_of(project)
    settings = project.loaded.config.streams
    endless = batches is None and until is None
    sink: Sink
    if to == "stdout":
        project.loaded.state.mkdir(parents=True, exist_ok=True)
        sink = StdoutSink(project.state.stdout_positions)
        claim: AbstractContextManager[None] = nullcontext()
    else:
        sink = LandingSink(_landing_folder(project), file_format or settings.format)
        claim = claimed_landing(dataset, project.loaded.config.seed, dirt.rates, _landing_folder(project))
    with claim:
        return run_streams(
            dataset,
            dirt,
            sink,
            until=until,
            batches=batches,
            clock="real" if endless or rate is not None or interval is not None else "virtual",
            rate=rate,
            interval=settings.interval if interval is None else interval,
            batches_per_file=settings.batches_per_file,
            stop=stop,
            threads=project.loaded.config.performance.threads,
            emit=emit,
        )


def write_answer_key(
    project: ProjectContext, out: Path, *, landing: Path | None = None
) -> tuple[list[Path], dict[str, int]]:
    """Write the answer key to `out`: (its files, the number of records covered by table).

    It covers the records in the landing folder; if nothing has landed, all before the clock of the published build, or
    before the end of the data. Tables with a truth of their data set and without dirt are in no stream.
    """
    from sbdk.app.generate import clock_of
    from sbdk.datasets.answer_key import answered_tables, emitted_positions, write_truth
    from sbdk.synth.dirt import dirt_of
    from sbdk.synth.streams import landed_positions

    datasets, until = project.clean_world(), clock_of(project)
    dirt = dirt_of(datasets, project.loaded.config.seed, project.loaded.config.dirt)
    positions = landed_positions(landing or _landing_folder(project), datasets.tables)
    if not any(positions.values()):
        positions = emitted_positions(datasets, dirt, until)
    without_stream = [table for table in answered_tables(datasets) if not dirt.rates.get(table)]
    complete = {table: datasets.tables[table].count(until) for table in without_stream}
    positions = {table: count for table, count in positions.items() if table not in complete}
    try:
        files = write_truth(datasets, dirt, out, positions=positions, until=until)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"--out {out}: a file, not a folder") from None
    return files, complete | positions


def streams_of(project: ProjectContext) -> tuple[Dataset, Dirt]:
    """The first data set of a project that emits streams, and its dirt; UsageError if the project has none."""
    from sbdk.synth.dirt import dirt_of

    config = project.loaded.config
    for part in project.world().parts.values():
        if part.streams is not None:
            rates = {table: rates for table, rates in config.dirt.items() if table in part.tables}
            return part, dirt_of(part, config.seed, rates)
    example = next(name for name, entry in entries().items() if entry.stream_keys)
    raise UsageError(
        f"the data sets of this project have no streams: {', '.join(config.datasets) or 'none'}",
        hint=f'"datasets": ["{example}"] in sbdk_config.json, or `sbdk init NAME --template {example}`',
    )


def _landing_folder(project: ProjectContext) -> Path:
    return project.root / project.loaded.config.streams.folder
