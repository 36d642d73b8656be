"""`sbdk check`: validation, checks and freshness of what is published."""

from __future__ import annotations

from typing import Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project


def add_to(app: typer.Typer) -> None:
    app.command("check")(check)


def check(
    freshness: Annotated[
        bool, typer.Option("--freshness", help="Report how old the loaded data is (wall time).")
    ] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run validation and checks on what is published. Nothing is changed."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.check import alert_freshness, check_published

    project = open_project(out)
    verdict = check_published(project, freshness=freshness)
    if freshness:
        from sbdk.cli.progress import warnings_only

        alert_freshness(project, verdict, warnings_only(out))
    if as_json:
        out.object(verdict.as_dict())
    out.table("Validation", ["table", "records", "null ids", "orphans", "verdict"], verdict.validation_rows())
    if verdict.checks:
        out.table("Checks", ["check", "severity", "status", "rows", "kept in"], verdict.check_rows())
    if verdict.freshness:
        out.table("Freshness", ["table", "loaded at", "hours", "status"], verdict.freshness_rows())
    out.line("PASS" if verdict.passed else "FAIL", style="bold green" if verdict.passed else "bold red")
    if not verdict.passed:
        raise typer.Exit(1)
