"""Who grades which data set. One whose truth is not known here has no grader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.registry import Registry
from sbdk.score.graded import Graded

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

    from sbdk.pipeline.project import Project

Grader = Callable[["Project", "Connection", Path | None], Graded]
"""Takes the project, a read-only connection to the warehouse, and the landing folder if another is asked for."""

graders: Registry[Grader] = Registry("grader", "sbdk.graders")
"""By the name of the data set."""


@graders.named("retail")
def _retail(project: Project, connection: Connection, landing: Path | None) -> Graded:
    from sbdk.datasets.retail.grading.inputs import grade_retail

    return grade_retail(project, connection, landing)


@graders.named("bookstore")
def _bookstore(project: Project, connection: Connection, landing: Path | None) -> Graded:
    from sbdk.datasets.bookstore.grading.inputs import grade_bookstore

    return grade_bookstore(project, connection)
