"""`sbdk score`: a warehouse against the answer key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import UsageError
from sbdk.spec.data_sets import entries

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

    from sbdk.pipeline.project import Project
    from sbdk.score.card import ScoredWarehouse
    from sbdk.spec.config import ProjectConfig


def is_graded(config: ProjectConfig) -> bool:
    """Has the project a data set that is graded? Nothing is opened."""
    known = entries()
    return any(name in known and known[name].roles for name in config.datasets)


def score_project(project: Project, *, database: Path | None = None, landing: Path | None = None) -> ScoredWarehouse:
    """Grade what was published, or the DuckDB file `database`, by the first data set of the project that has a grader.

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
    with _opened(project, database) as connection:
        return grader.grade(
            GradingRequest(
                connection=connection,
                tables=datasets.tables,
                settings=config.score,
                seed=config.seed,
                rates=config.dirt,
                landing=landing or project.root / config.streams.folder,
                clock=published.clock if published else None,
                fingerprints=published.facts.get("worlds", {}) if published else {},
            )
        )


def _no_answer_key(config: ProjectConfig) -> UsageError:
    graded = [name for name, entry in entries().items() if entry.roles]
    return UsageError(
        f"there is no answer key to grade by, of the data sets {', '.join(config.datasets) or 'none'}",
        hint=f"there is one of {', '.join(sorted(graded))}: `sbdk init NAME --template {graded[0]}`",
    )


@contextmanager
def _opened(project: Project, database: Path | None) -> Iterator[Connection]:
    """A read-only connection, its own, to what was published or to another file."""
    from sbdk.warehouse.reader import open_readonly

    if database is not None and not database.is_file():
        raise UsageError(f"there is no file {database}")
    if database is None:
        project.published()
    connection = open_readonly(database or project.loaded.published)
    try:
        yield connection
    finally:
        connection.close()
