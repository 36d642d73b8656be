"""Stages generate and load: the project's pipelines through dlt into the build."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from sbdk.core.events import Noted, Warned
from sbdk.core.failpoints import failpoint
from sbdk.core.sql import quoted
from sbdk.pipeline.options import Interval
from sbdk.pipeline.remembering import remember_pipelines, remember_worlds
from sbdk.pipeline.stages import Work, stage
from sbdk.run.environment import exported_dotenv
from sbdk.run.output import prints_to_stderr
from sbdk.run.source_context import SourceContext, activate

if TYPE_CHECKING:
    from dlt.extract import DltSource

    from sbdk.load import Loader, PipelineFile
    from sbdk.synth.world import World


@contextmanager
def sources_environment(work: Work) -> Iterator[None]:
    """What the sources find around them: the variables of `.env`, dlt at home in the project, and its interval."""
    from sbdk.load.session import interval_given, session

    interval = work.options.interval
    with (
        exported_dotenv(work.project.loaded, work.emit),
        session(work.project.root, work.build.folder / "dlt"),
        interval_given((interval.start, interval.stop) if interval else None),
    ):
        yield


def generate(work: Work) -> None:
    """Run the sources whose turn it is. Synthetic rows become Parquet files in the build's folder.

    What a user's file prints goes to standard error: standard output is for our own answer.
    """
    interval = work.options.interval
    with stage(work, "generate") as record, prints_to_stderr(), activate(_source_context(work)) as context:
        files = _discover(work)
        for file in files:
            for text in file.warnings:
                work.emit(Warned("generate", f"pipelines/{file.path.name} {text}"))
        work.loader = _loader(work)
        if interval:
            _empty(work, interval, context.world)
        extracted = work.loader.extract(
            _in_turn(work, files),
            refresh=context.refreshed,
            again=lambda: _in_turn(work, _discover(work)),
            scope=_scope(context, files),
            emit=work.emit,
        )
        record.rows = sum(extracted.values())
        work.changed_tables |= {table for file in files if _is_in_turn(work, file) for table in file.tables}
        remember_pipelines(work, context, files)
        remember_worlds(work, context)
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


def _scope(context: SourceContext, files: list[PipelineFile]) -> Callable[[str, str], AbstractContextManager[None]]:
    """Which pipeline file asks: by the names of source and resource, which no two files share."""
    homes = {
        (source.name, name): file.path.name for file in files for source in file.sources for name in source.resources
    }

    def asked_by(source: str, resource: str) -> AbstractContextManager[None]:
        return context.asked_by(homes.get((source, resource), ""), f"{source}.{resource}")

    return asked_by


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


def _source_context(work: Work) -> SourceContext:
    project = work.project.loaded
    world = work.project.world()
    before = work.plan.before.get("worlds", {})
    changed = frozenset(table for table in world.tables if before.get(table) not in (None, world.fingerprint(table)))
    if changed and not work.plan.empty:
        work.emit(Noted("generate", f"another world: {', '.join(sorted(changed))} are made anew"))
    interval = work.options.interval
    return SourceContext(
        root=project.root,
        world=world,
        clock=work.plan.clock,
        interval=(interval.start, interval.stop) if interval else None,
        parts=work.build.folder / "parts",
        threads=work.threads,
        emit=work.emit,
        config=project.config,
        run_id=work.result.run_id,
        refreshed=changed,
    )


def _empty(work: Work, interval: Interval, world: World) -> None:
    """`--from/--to`: synthetic rows of the interval leave the build before they are loaded again: twice is harmless."""
    with work.build.connect() as connection:
        for table in work.plan.before.get("worlds", {}):
            column = world.time_column(table) if table in world.tables else None
            if column is not None:
                name = f"{quoted(work.dataset)}.{quoted(table)}"
                connection.execute(
                    f"DELETE FROM {name} WHERE {quoted(column)} >= ? AND {quoted(column)} < ?",  # noqa: S608
                    [interval.start, interval.stop],
                )
