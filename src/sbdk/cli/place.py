"""Where a command was called: the current folder, and the project around it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.cli.output import Output
from sbdk.core.errors import UsageError

if TYPE_CHECKING:
    from sbdk.project import Project


def here() -> Path:
    """The current folder; UsageError when it was removed meanwhile."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("the current folder is no longer there", hint="cd into a folder that exists") from None


def open_project(
    out: Output, *, config_file: Path | None = None, target: str | None = None, warn: bool = True
) -> Project:
    """The project around the current folder; what is odd about its configuration is said on standard error."""
    from sbdk.project import Project

    project = Project(here(), config_file=config_file, target=target)
    out.variables = {**project.loaded.dotenv, **project.loaded.secrets}
    for warning in project.warnings if warn else ():
        out.warning(warning)
    return project
