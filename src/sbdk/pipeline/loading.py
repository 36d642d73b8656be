"""Stages generate and load: the project's pipelines through dlt into the build."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from sbdk.core.events import Event
from sbdk.core.failpoints import failpoint
from sbdk.pipeline.options import Interval
from sbdk.pipeline.remembering import remember_pipelines, remember_worlds
from sbdk.pipeline.rows import Active, activate
from sbdk.pipeline.stages import Work, stage
from sbdk.warehouse.reader import quoted

if TYPE_CHECKING:
    from dlt.extract import DltSource

    from sbdk.datasets.union import Datasets
    from sbdk.load import Loader, PipelineFile


def generate(work: Work) -> None:
    """Run the sources whose turn it is. Synthetic rows become Parquet files in the build's folder.

    What a user's file prints goes to standard error: standard output is for our own answer.
    """
    with stage(work, "generate") as record, redirect_stdout(sys.stderr):
        files = _discover(work)
        for file in files:
            for text in file.warnings:
                work.emit(Event("warning", "generate", f"pipelines/{file.path.name} {text}"))
        work.loader = _loader(work)
        with activate(_active(work)) as active:
            if work.options.interval:
                _empty(work, work.options.interval, active.world)
            extracted = work.loader.extract(
                _in_turn(work, files),
                refresh=active.refreshed,
                again=lambda: _in_turn(work, _discover(work)),
                emit=work.emit,
            )
        record.rows = sum(extracted.values())
        work.changed_tables |= {table for file in files if _is_in_turn(work, file) for table in file.tables}
        remember_pipelines(work, active, files)
        remember_worlds(work, active)
    failpoint("after_generate")


def _discover(work: Work) -> list[PipelineFile]:
    from sbdk.load import discover

    project = work.project.loaded
    return discover(project.pipelines, root=project.root, work=work.build.folder / "dlt")


def _in_turn(work: Work, files: list[PipelineFile]) -> list[DltSource]:
    """The sources of the files that the plan wants to run."""
    return [source for file in files if _is_in_turn(work, file) for source in file.sources]


def _is_in_turn(work: Work, file: PipelineFile) -> bool:
    return work.plan.pipelines[file.path.name].run


def load(work: Work) -> None:
    """Write what was extracted into the build."""
    from sbdk.load.keys import declared_keys

    with stage(work, "load") as record:
        assert work.loader is not None
        loaded = work.loader.load(work.emit)
        record.rows = sum(loaded.values())
        work.changed_tables |= set(loaded)
        work.facts["keys"] = {**declared_keys(work.loader.schemas), **work.facts["keys"]}
    failpoint("after_load")


def _loader(work: Work) -> Loader:
    from sbdk.load import Loader

    project, config = work.project.loaded, work.project.loaded.config
    return Loader(
        work.build.path,
        work.build.folder / "dlt",
        work.dataset,
        config.pipeline_name,
        work.threads,
        root=project.root,
        pipelines=project.pipelines,
        parallel=config.performance.parallel_pipelines,
    )


def _active(work: Work) -> Active:
    project = work.project.loaded
    world = work.project.world()
    before = work.plan.before.get("worlds", {})
    changed = frozenset(
        name for name, table in world.tables.items() if before.get(name) not in (None, table.fingerprint)
    )
    if changed and not work.plan.empty:
        work.emit(Event("note", "generate", f"another world: {', '.join(sorted(changed))} are made anew"))
    return Active(
        root=project.root,
        pipelines=project.pipelines,
        world=world,
        clock=work.plan.clock,
        interval=work.options.interval,
        parts=work.build.folder / "parts",
        threads=work.threads,
        emit=work.emit,
        config=project.config,
        run_id=work.result.run_id,
        refreshed=changed,
    )


def _empty(work: Work, interval: Interval, world: Datasets) -> None:
    """`--from/--to`: synthetic rows of the interval leave the build before they are loaded again: twice is harmless.

    dlt's own `incremental(allow_external_schedulers=True)` takes the interval from the environment.
    """
    os.environ["DLT_START_VALUE"] = interval.start.isoformat()
    os.environ["DLT_END_VALUE"] = interval.stop.isoformat()
    with work.build.connect() as connection:
        for table in work.plan.before.get("worlds", {}):
            column = world.tables[table].time_column if table in world.tables else None
            if column is not None:
                name = f"{quoted(work.dataset)}.{quoted(table)}"
                connection.execute(
                    f"DELETE FROM {name} WHERE {quoted(column)} >= ? AND {quoted(column)} < ?",  # noqa: S608
                    [interval.start, interval.stop],
                )
