"""`sbdk runs --cursors`: up to which value each incremental resource of the published build has loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbdk.load.cursors import Cursor
    from sbdk.project import Project


def published_cursors(project: Project) -> list[Cursor]:
    """The cursors, by source and resource; UsageError before a first run."""
    from sbdk.load.cursors import stored_cursors

    project.published()
    with project.warehouse().reader() as connection:
        return stored_cursors(connection, project.loaded.config.dlt.dataset_name)
