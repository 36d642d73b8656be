"""Stage generate: the project's pipelines run; what they yield is extracted, and nothing is loaded yet.

Synthetic rows become Parquet files in the build's folder. The draft gets what is to be remembered of the pipelines, so
that the next run can tell what is up to date without importing them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.events import Event
from sbdk.core.failpoints import failpoint
from sbdk.load.stamps import matches, pipeline_stamp, stamp_files
from sbdk.run.context import RunContext, StageOutcome
from sbdk.run.options import Interval
from sbdk.run.plan import Decision, PlanInputs
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import ForeignKey, PipelineKind, PipelineRecord, TableKeys

if TYPE_CHECKING:
    from dlt.extract import DltSource

    from sbdk.load import PipelineFile
    from sbdk.pipeline.rows import Active
    from sbdk.synth.world import World


@dataclass(frozen=True)
class Generate:
    name: str = "generate"

    def decide(self, inputs: PlanInputs) -> Decision:
        """Runs as soon as one of the pipelines has to."""
        first = next(iter(inputs.pipelines.values()), Decision(False, "no pipelines"))
        return next((decision for decision in inputs.pipelines.values() if decision.run), first)

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """What a user's file prints goes to standard error: standard output is for our own answer."""
        with redirect_stdout(sys.stderr):
            outcome = _generate(context, so_far)
        failpoint("after_generate")
        return outcome


def _generate(context: RunContext, so_far: RecordDraft) -> StageOutcome:
    from sbdk.pipeline.rows import activate

    files = _discover(context)
    for file in files:
        for text in file.warnings:
            context.emit(Event("warning", "generate", f"pipelines/{file.path.name} {text}"))
    with activate(_active(context)) as active:
        if context.options.interval:
            _empty(context, context.options.interval, active.world)
        extracted = context.loader.extract(
            _due(context, files),
            refresh=active.refreshed,
            again=lambda: _due(context, _discover(context)),
            emit=context.emit,
        )
    draft = replace(
        so_far,
        pipelines=_pipelines(context, active, files),
        datasets={**context.known.datasets, **_fingerprints(active)},
        keys={**context.known.keys, **_keys(active)},
        loaded_tables=tuple(sorted({table for file in files if _is_due(context, file) for table in file.tables})),
    )
    return StageOutcome(draft, rows=sum(extracted.values()))


def _discover(context: RunContext) -> list[PipelineFile]:
    from sbdk.load import discover

    return discover(context.loaded.pipelines, root=context.loaded.root, work=context.build.folder / "dlt")


def _due(context: RunContext, files: list[PipelineFile]) -> list[DltSource]:
    """The sources of the files that the plan wants to run."""
    return [source for file in files if _is_due(context, file) for source in file.sources]


def _is_due(context: RunContext, file: PipelineFile) -> bool:
    return context.plan.pipelines[file.path.name].run


def _active(context: RunContext) -> Active:
    from sbdk.pipeline.rows import Active

    project, world = context.loaded, context.project.world()
    before = context.known.datasets
    changed = frozenset(table for table in world.tables if before.get(table) not in (None, world.fingerprint(table)))
    if changed and not context.plan.empty:
        context.emit(Event("note", "generate", f"another world: {', '.join(sorted(changed))} are made anew"))
    return Active(
        root=project.root,
        pipelines=project.pipelines,
        world=world,
        clock=context.plan.clock,
        interval=context.options.interval,
        parts=context.build.folder / "parts",
        threads=context.threads,
        emit=context.emit,
        config=project.config,
        run_id=context.run_id,
        refreshed=changed,
    )


def _empty(context: RunContext, interval: Interval, world: World) -> None:
    """`--from/--to`: synthetic rows of the interval leave the build before they are loaded again: twice is harmless.

    dlt's own `incremental(allow_external_schedulers=True)` takes the interval from the environment.
    """
    from sbdk.warehouse.reader import quoted

    os.environ["DLT_START_VALUE"] = interval.start.isoformat()
    os.environ["DLT_END_VALUE"] = interval.stop.isoformat()
    with context.build.connect() as connection:
        for table in context.known.datasets:
            column = world.time_column(table) if table in world.tables else None
            if column is not None:
                name = f"{quoted(context.raw_schema)}.{quoted(table)}"
                connection.execute(
                    f"DELETE FROM {name} WHERE {quoted(column)} >= ? AND {quoted(column)} < ?",  # noqa: S608
                    [interval.start, interval.stop],
                )


def _pipelines(context: RunContext, active: Active, files: Sequence[PipelineFile]) -> dict[str, PipelineRecord]:
    """Of every file: a fresh record for those that ran, the old one for the rest."""
    before = context.known.pipelines
    return {
        file.path.name: _pipeline(context, active, file) if _is_due(context, file) else before[file.path.name]
        for file in files
    }


def _pipeline(context: RunContext, active: Active, file: PipelineFile) -> PipelineRecord:
    """Its code, what kind of source it is, and for local files which ones."""
    root, name, known = context.loaded.root, file.path.name, context.loader.local_patterns
    resources = [resource for source in file.sources for resource in source.resources.selected]
    read_by_dlt = [known[resource] for resource in resources if resource in known]
    landed = active.listed.get(name, {})
    patterns = sorted({*active.patterns.get(name, ()), *landed, *(p for found in read_by_dlt for p in found)})
    all_seen = len(active.functions.get(name, ())) + len(read_by_dlt) >= len(resources)
    kind: PipelineKind = ("files" if patterns else "synthetic") if all_seen else "other"
    read = {path for pattern in patterns for path in landed.get(pattern) or matches(pattern, root)}
    return PipelineRecord(
        code=pipeline_stamp(file.path, root),
        kind=kind,
        tables=tuple(sorted(active.tables.get(name, ()))),
        streams=tuple(sorted(active.streams.get(name, ()))),
        patterns=tuple(_relative(pattern, root) for pattern in patterns),
        files=stamp_files(read, root),
    )


def _relative(pattern: str, root: Path) -> str:
    """Relative to the project where it lies in it, so that the project can move."""
    path = Path(pattern)
    return path.relative_to(root).as_posix() if path.is_absolute() and path.is_relative_to(root) else pattern


def _made(active: Active) -> list[str]:
    return sorted({table for tables in active.tables.values() for table in tables})


def _fingerprints(active: Active) -> dict[str, str]:
    """Of the synthetic tables: which settings they were made from."""
    return {table: active.world.fingerprint(table) for table in _made(active)}


def _keys(active: Active) -> dict[str, TableKeys]:
    """Of the synthetic tables, as their data set declares them."""
    return {table: _keys_of(active.world, table) for table in _made(active)}


def _keys_of(world: World, table: str) -> TableKeys:
    foreign = (ForeignKey(key.column, key.parent, key.parent_column) for key in world.foreign_keys(table))
    return TableKeys(tuple(world.key(table)), tuple(foreign))
