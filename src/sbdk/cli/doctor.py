"""`sbdk version` and `sbdk doctor`: versions of the engines, and a diagnosis of a project."""

from __future__ import annotations

import platform

import typer

import sbdk
from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project

ENGINES = ("dbt-core", "dbt-duckdb", "dlt", "duckdb", "numpy", "pyarrow", "numba")


def add_to(app: typer.Typer) -> None:
    app.command("version")(version)
    app.command("doctor")(doctor)


def version(as_json: Json = False) -> None:
    """Version and system information."""
    out = Output(as_json=as_json)
    facts = {
        "sbdk": sbdk.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        **engines(),
    }
    if as_json:
        out.object(facts)
    for name, value in facts.items():
        out.line(f"{name:<12}{value or 'not installed'}")


def engines() -> dict[str, str | None]:
    """Versions of the installed engines, from their metadata; None for one that is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    versions: dict[str, str | None] = {}
    for name in ENGINES:
        try:
            versions[name] = installed(name)
        except PackageNotFoundError:
            versions[name] = None
    return versions


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
