"""`sbdk score`: grades a warehouse by the answer key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import UsageError
from sbdk.spec.data_sets import entries

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext
    from sbdk.score.card import ScoredWarehouse
    from sbdk.spec.config import ProjectConfig
    from sbdk.state.builds import PublishedBuild
    from sbdk.targets.base import Connection


def is_graded(config: ProjectConfig) -> bool:
    """Whether a data set of the project has a grader. Opens nothing."""
    known = entries()
    return any(name in known and known[name].roles for name in config.datasets)


def score_project(
    project: ProjectContext, *, database: Path | None = None, landing: Path | None = None
) -> ScoredWarehouse:
    """Grade the published build, or the DuckDB file `database`, by the first data set of the project that has a grader.

    Raises UsageError for a project without one, and where there is nothing to grade; ConfigError for a wrong mapping
    of roles to tables; SourceError if the configuration has changed since, so that its truth is about other records.
    """
    from sbdk.datasets.base import GradingRequest

    config = project.loaded.config
    if not is_graded(config):
        raise _no_answer_key(config)
    datasets = project.world()
    grader = next((part.grader for part in datasets.parts.values() if part.grader is not None), None)
    if grader is None:
        raise _no_answer_key(config)
    published = project.warehouse().current()
    with _connect(project, database) as connection:
        return grader.grade(
            GradingRequest(
                connection=connection,
                tables=datasets.tables,
                settings=config.score,
                seed=config.seed,
                rates=config.dirt,
                landing=landing or project.root / config.streams.folder,
                clock=published.clock if published else None,
                landed=_read_files(published) if published and database is None and landing is None else None,
                fingerprints=published.record.datasets if published else {},
            )
        )


def _read_files(published: PublishedBuild) -> frozenset[str]:
    """The files that the pipelines of the build have read, as recorded by the run."""
    return frozenset(name for pipeline in published.record.pipelines.values() for name in pipeline.files)


def _no_answer_key(config: ProjectConfig) -> UsageError:
    graded = [name for name, entry in entries().items() if entry.roles]
    return UsageError(
        f"none of the data sets has an answer key to grade by: {', '.join(config.datasets) or 'none'}",
        hint=f"there is one of {', '.join(sorted(graded))}: `sbdk init NAME --template {graded[0]}`",
    )


def _connect(project: ProjectContext, database: Path | None) -> Connection:
    """A read-only connection to the published build or to another file."""
    from sbdk.targets.sessions import open_file

    if database is None:
        project.published()
        return project.warehouse().reader()
    if not database.is_file():
        raise UsageError(f"there is no file {database}")
    return open_file(database)
