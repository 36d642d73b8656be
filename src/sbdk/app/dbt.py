"""`sbdk dbt`: runs dbt on a working copy of the published file, copied again before each command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext


def working_copy(project: ProjectContext) -> Path:
    """The file that the scaffolded profile points at: `.sbdk/dbt/<name of the published file>`."""
    return project.state.working_copies / project.loaded.published.name


def dbt_on_working_copy(project: ProjectContext, arguments: list[str]) -> int:
    """Renew the working copy, run dbt on it with `arguments`; dbt's exit code."""
    from sbdk.state.lock import ProjectLock
    from sbdk.transform.dbt_cli import run_dbt
    from sbdk.transform.process import choose_python

    loaded = project.loaded
    folder = project.state.working_copies
    with ProjectLock(loaded.state, "sbdk dbt"):
        copy = project.warehouse().working_copy(folder)
    return run_dbt(
        arguments,
        copy,
        python=choose_python(loaded.root).path,
        dbt_dir=loaded.dbt,
        profiles_dir=loaded.profiles,
        target=loaded.config.target,
    )
