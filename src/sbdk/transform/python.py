"""Chooses the Python that runs dbt: the project's own environment if it has dbt, else sbdk's."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("dbt_core", "dbt_duckdb", "duckdb")


@dataclass(frozen=True)
class Interpreter:
    """`path` of the Python, and the reason for the choice."""

    path: Path
    reason: str


def choose_python(project_root: Path) -> Interpreter:
    """The project's `.venv` if dbt-core and dbt-duckdb are in it and its DuckDB can read our files; else this Python.

    Reads the names of the installed packages' folders; starts no process.
    """
    own_versions = _installed(Path(sys.prefix))
    python = project_root / ".venv" / "bin" / "python"
    if not python.exists():
        return Interpreter(Path(sys.executable), "the project has no .venv of its own")
    project_versions = _installed(project_root / ".venv")
    reason = _reason_against(project_versions, own_versions)
    if reason:
        return Interpreter(Path(sys.executable), f"the project's .venv {reason}")
    return Interpreter(python, f"the project's .venv has dbt {project_versions['dbt_core']}")


def _reason_against(project_versions: dict[str, str], own_versions: dict[str, str]) -> str | None:
    missing = [name.replace("_", "-") for name in NEEDED if name not in project_versions]
    if missing:
        return f"has no {' and no '.join(missing)}"
    if "duckdb" in own_versions and _major(project_versions["duckdb"]) < _major(own_versions["duckdb"]):
        return f"has DuckDB {project_versions['duckdb']}, which cannot open files of {own_versions['duckdb']}"
    return None


def _major(version: str) -> int:
    return int(version.split(".")[0])


def _installed(prefix: Path) -> dict[str, str]:
    """Versions of the needed packages, by their metadata folders `<name>-<version>.dist-info`."""
    found = {}
    for folder in prefix.glob("lib/python3*/site-packages/*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        if name.lower() in NEEDED:
            found[name.lower()] = version
    return found
