"""`sbdk doctor`: diagnoses a project."""

from __future__ import annotations

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project
from sbdk.cli.version import engines


def add_to(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(as_json: Json = False, verbose: Verbose = False) -> None:
    """Diagnose the project: the published file, the lock, the configuration, the engines."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.doctor import diagnose_project

    report = diagnose_project(open_project(out, warn=False))
    if as_json:
        out.object({"healthy": report.healthy, "findings": report.as_list(), "engines": engines()})
    for finding in report.findings:
        style = {"ok": "green", "warning": "yellow", "error": "bold red"}[finding.level]
        out.line(f"{finding.level:<8}{finding.subject}: {finding.text}", style=style)
    if not report.healthy:
        raise typer.Exit(1)
