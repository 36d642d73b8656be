"""`sbdk score`: a warehouse against the answer key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import UsageError
from sbdk.score.graded import Graded
from sbdk.datasets.graders import Grader, graders

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

    from sbdk.pipeline.project import Project

__all__ = ["Graded", "Grader", "graders", "score_project"]


def score_project(project: Project, *, database: Path | None = None, landing: Path | None = None) -> Graded:
    """Grade what was published, or the DuckDB file `database`, by the first data set of the project that has a grader.

    Raises UsageError for a project without one, and where there is nothing to grade; ConfigError for a wrong mapping
    of roles to tables; SourceError if the configuration has changed since, so that its truth is about other records.
    """
    config = project.loaded.config
    names = [name for name in config.datasets if name in graders]
    if not names:
        raise UsageError(
            f"there is no answer key to grade by, of the data sets {', '.join(config.datasets) or 'none'}",
            hint=f"there is one of {', '.join(graders)}: `sbdk init NAME --template retail`",
        )
    with _opened(project, database) as connection:
        return graders.get(names[0])(project, connection, landing)


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
