"""`sbdk version`: versions of sbdk, Python and the engines."""

from __future__ import annotations

import platform

import typer

import sbdk
from sbdk.cli.output import Output
from sbdk.cli.project import Json

ENGINES = ("dbt-core", "dbt-duckdb", "dlt", "duckdb", "numpy", "pyarrow", "numba")


def add_to(app: typer.Typer) -> None:
    app.command("version")(version)


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
