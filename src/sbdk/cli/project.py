"""The project that a command works on, and the options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.core.errors import UsageError

if TYPE_CHECKING:
    from sbdk.project import Project


def here() -> Path:
    """The current folder; UsageError if it has been removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("the current folder is no longer there", hint="cd into a folder that exists") from None


def open_project(
    out: Output,
    *,
    config_file: Path | None = None,
    target: str | None = None,
    vars: str | None = None,
    warn: bool = True,
) -> Project:
    """The project around the current folder. Warnings about its configuration go to standard error. `vars`: dbt's, as
    YAML."""
    from sbdk.project import Project

    project = Project(here(), config_file=config_file, target=target, vars=parse_vars(vars))
    out.variables = {**project.loaded.dotenv, **project.loaded.secrets}
    for warning in project.warnings if warn else ():
        out.warning(warning)
    return project


def parse_vars(text: str | None) -> dict[str, Any]:
    """The value of `--vars`, a YAML mapping as dbt takes it; UsageError for anything else. Dates stay texts."""
    import json

    import yaml

    hint = "for example --vars '{country: DE, days: 7}'"
    try:
        found = yaml.safe_load(text or "") or {}
    except yaml.YAMLError as error:
        raise UsageError(f"--vars is no YAML: {' '.join(str(error).split())}", hint=hint) from None
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise UsageError("--vars must be a mapping of names to values", hint=hint)
    values: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return values


Vars = Annotated[
    str | None, typer.Option("--vars", help="dbt's vars, as YAML; they replace those of the configuration.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show tracebacks.")]
Target = Annotated[str | None, typer.Option("--target", help="dev, staging, prod or your own.")]
Raw = Annotated[bool, typer.Option("--raw", help="CSV: leave cells that begin with = + - @ as they are.")]
