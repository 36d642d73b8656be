"""Stage generate: the project's pipelines run; what they yield is extracted, and nothing is loaded yet.

Synthetic rows become Parquet files in the build's folder. The draft gets a record of each pipeline, by which the next
run decides what is up to date without importing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.events import Noted, Warned
from sbdk.core.failpoints import failpoint
from sbdk.core.sql import quoted
from sbdk.load.fingerprints import matches, pipeline_stamp, stamp_files
from sbdk.run.context import RunContext, StageOutcome
from sbdk.run.environment import exported_dotenv, prints_to_stderr
from sbdk.run.options import Interval
from sbdk.run.plan import Decision, PlanInputs
from sbdk.run.source_context import SourceContext, activate
from sbdk.run.stages.relations import drop_taken
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import ForeignKey, PipelineKind, PipelineRecord, TableKeys

if TYPE_CHECKING:
    from dlt.extract import DltSource

    from sbdk.datasets.union import Datasets
    from sbdk.load import PipelineFile


@dataclass(frozen=True)
class GenerateStage:
    name: str = "generate"

    def decide(self, inputs: PlanInputs) -> Decision:
        """Runs when at least one of the pipelines has to."""
        first = next(iter(inputs.pipelines.values()), Decision(False, "no pipelines"))
        return next((decision for decision in inputs.pipelines.values() if decision.run), first)

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """Extract the sources. What they print goes to standard error: standard output is for the run's result."""
        context.sources.enter_context(_sources_environment(context))
        with prints_to_stderr():
            outcome = _generate(context, so_far)
        failpoint("after_generate")
        return outcome


@contextmanager
def _sources_environment(context: RunContext) -> Iterator[None]:
    """The environment of the sources: the variables of `.env`, dlt's session in the project, and dlt's interval."""
    from sbdk.load.session import scheduled_interval, session

    interval = context.options.interval
    with (
        exported_dotenv(context.loaded, context.emit),
        session(context.loaded.root, context.build.folder / "dlt"),
        scheduled_interval((interval.start, interval.stop) if interval else None),
    ):
        yield


def _generate(context: RunContext, so_far: RecordDraft) -> StageOutcome:
    with activate(_source_context(context)) as source:
        files = _discover(context)
        for file in files:
            for text in file.warnings:
                context.emit(Warned("generate", f"pipelines/{file.path.name} {text}"))
        if context.options.interval:
            _delete_interval(context, context.options.interval, source.world)
        due_tables = {table for file in files if _is_due(context, file) for table in file.tables}
        extracted = context.loader.extract(
            _due(context, files),
            refresh=source.refreshed | drop_taken(context, due_tables),
            again=lambda: _due(context, _discover(context)),
            scope=_scope(source, files),
            emit=context.emit,
        )
    context.contracts.check_limits()
    draft = replace(
        so_far,
        pipelines=_pipeline_records(context, source, files),
        datasets={**context.known.datasets, **_fingerprints(source)},
        keys={**context.known.keys, **_keys(source)},
        loaded_tables=tuple(sorted(due_tables)),
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


def _scope(source: SourceContext, files: list[PipelineFile]) -> Callable[[str, str], AbstractContextManager[None]]:
    """A scope that finds the pipeline file by the names of source and resource, which no two files share."""
    files_by_resource = {
        (each.name, name): file.path.name for file in files for each in file.sources for name in each.resources
    }

    def for_resource(name: str, resource: str) -> AbstractContextManager[None]:
        return source.for_resource(files_by_resource.get((name, resource), ""), f"{name}.{resource}")

    return for_resource


def _source_context(context: RunContext) -> SourceContext:
    project, world = context.loaded, context.project.world()
    before = context.known.datasets
    changed = frozenset(
        name for name, table in world.tables.items() if before.get(name) not in (None, table.fingerprint)
    )
    if changed and not context.plan.empty:
        context.emit(Noted("generate", f"another world: {', '.join(sorted(changed))} are rebuilt"))
    interval = context.options.interval
    return SourceContext(
        root=project.root,
        world=world,
        clock=context.plan.clock,
        interval=(interval.start, interval.stop) if interval else None,
        parts=context.build.folder / "parts",
        threads=context.threads,
        emit=context.emit,
        config=project.config,
        run_id=context.run_id,
        refreshed=changed,
    )


def _delete_interval(context: RunContext, interval: Interval, world: Datasets) -> None:
    """`--from/--to`: delete the synthetic rows of the interval before they are loaded again: no row is doubled."""
    with context.build.connect() as connection:
        for table in context.known.datasets:
            column = world.tables[table].time_column if table in world.tables else None
            if column is not None:
                name = f"{quoted(context.raw_schema)}.{quoted(table)}"
                connection.execute(
                    f"DELETE FROM {name} WHERE {quoted(column)} >= ? AND {quoted(column)} < ?",  # noqa: S608
                    [interval.start, interval.stop],
                )


def _pipeline_records(
    context: RunContext, source: SourceContext, files: Sequence[PipelineFile]
) -> dict[str, PipelineRecord]:
    """The records of all files: a new one for those that ran, the old one for the rest."""
    before = context.known.pipelines
    return {
        file.path.name: _pipeline_record(context, source, file) if _is_due(context, file) else before[file.path.name]
        for file in files
    }


def _pipeline_record(context: RunContext, source: SourceContext, file: PipelineFile) -> PipelineRecord:
    """The record of a file that ran: hash of its code, kind of source, what it used."""
    root, name, known = context.loaded.root, file.path.name, context.loader.local_patterns
    resources = [resource for source in file.sources for resource in source.resources.selected]
    read_by_dlt = [known[resource] for resource in resources if resource in known]
    landed = source.used.listed.get(name, {})
    patterns = sorted({*source.used.patterns.get(name, ()), *landed, *(p for found in read_by_dlt for p in found)})
    all_known = len(source.used.resources.get(name, ())) + len(read_by_dlt) >= len(resources)
    kind: PipelineKind = ("files" if patterns else "synthetic") if all_known else "other"
    read = {path for pattern in patterns for path in landed.get(pattern) or matches(pattern, root)}
    return PipelineRecord(
        code=pipeline_stamp(file.path, root),
        kind=kind,
        tables=tuple(sorted(source.used.tables.get(name, ()))),
        streams=tuple(sorted(source.used.streams.get(name, ()))),
        patterns=tuple(_relative(pattern, root) for pattern in patterns),
        files=stamp_files(read, root),
    )


def _relative(pattern: str, root: Path) -> str:
    """Relative to the project if it is below it, so that the project can move."""
    path = Path(pattern)
    return path.relative_to(root).as_posix() if path.is_absolute() and path.is_relative_to(root) else pattern


def _used_tables(source: SourceContext) -> list[str]:
    return sorted({table for tables in source.used.tables.values() for table in tables})


def _fingerprints(source: SourceContext) -> dict[str, str]:
    """Fingerprints of the settings of the synthetic tables used."""
    return {table: source.world.tables[table].fingerprint for table in _used_tables(source)}


def _keys(source: SourceContext) -> dict[str, TableKeys]:
    """Keys of the synthetic tables used, as their data set declares them."""
    return {table: _keys_of(source.world, table) for table in _used_tables(source)}


def _keys_of(world: Datasets, table: str) -> TableKeys:
    foreign = (ForeignKey(key.column, key.parent, key.parent_column) for key in world.tables[table].foreign_keys)
    return TableKeys(tuple(world.tables[table].key), tuple(foreign))
