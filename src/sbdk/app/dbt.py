"""`sbdk dbt`: runs dbt on a working copy of the published file, copied again before each command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        _with_vars(arguments, loaded.vars),
        copy,
        python=choose_python(loaded.root).path,
        dbt_dir=loaded.dbt,
        profiles_dir=loaded.profiles,
        target=loaded.config.target,
    )


_TAKES_VARS = {"build", "compile", "docs", "list", "ls", "parse", "run", "run-operation", "seed", "show", "snapshot"}
_TAKES_VARS |= {"source", "test"}


def _with_vars(arguments: list[str], values: Mapping[str, Any]) -> list[str]:
    """The arguments with the vars of the configuration, unless they have their own or the command takes none."""
    named = any(each == "--vars" or each.startswith("--vars=") for each in arguments)
    if not values or named or not _TAKES_VARS & set(arguments):
        return arguments
    return [*arguments, "--vars", json.dumps(values, default=str)]
