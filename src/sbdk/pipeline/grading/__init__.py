"""`sbdk score`: a warehouse against the answer key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import UsageError
from sbdk.pipeline.grading.graded import Graded
from sbdk.pipeline.grading.graders import Grader, graders

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext
    from sbdk.targets.base import Connection

__all__ = ["Graded", "Grader", "graders", "score_project"]


def score_project(project: ProjectContext, *, database: Path | None = None, landing: Path | None = None) -> Graded:
    """Grade what was published, or the DuckDB file `database`, by the first data set of the project that has a grader.

    Raises UsageError for a project without one, and where there is nothing to grade; ConfigError for a wrong mapping
    of roles to tables; SourceError if the configuration has changed since, so that its truth is about other records.
    """
    config = project.loaded.config
    with project.extensions.active():
        known = {name: graders.get(name) for name in graders}
    names = [name for name in config.datasets if name in known]
    if not names:
        raise UsageError(
            f"there is no answer key to grade by, of the data sets {', '.join(config.datasets) or 'none'}",
            hint=f"there is one of {', '.join(sorted(known))}: `sbdk init NAME --template retail`",
        )
    with _opened(project, database) as connection:
        return known[names[0]](project, connection, landing)


def _opened(project: ProjectContext, database: Path | None) -> Connection:
    """A read-only session, its own, on what was published or on another file."""
    from sbdk.targets.sessions import open_file

    if database is None:
        project.published()
        return project.warehouse().reader()
    if not database.is_file():
        raise UsageError(f"there is no file {database}")
    return open_file(database)
