"""`sbdk dbt`: dbt by hand on a working copy, renewed from the published file, which is never written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext


def working_copy(project: ProjectContext) -> Path:
    """Where the scaffolded profile points at: `.sbdk/dbt/<name of the published file>`."""
    return project.state.working_copies / project.loaded.published.name


def dbt_on_working_copy(project: ProjectContext, arguments: list[str]) -> int:
    """Renew the working copy, run dbt on it with `arguments`; dbt's exit code."""
    from sbdk.state.lock import ProjectLock
    from sbdk.transform.dbt_cli import dbt_by_hand
    from sbdk.transform.python import choose_python

    loaded = project.loaded
    folder = project.state.working_copies
    with ProjectLock(loaded.state, "sbdk dbt"):
        copy = project.warehouse().working_copy(folder)
    return dbt_by_hand(
        arguments,
        copy,
        python=choose_python(loaded.root).path,
        dbt_dir=loaded.dbt,
        profiles_dir=loaded.profiles,
        target=loaded.config.target,
    )
