"""Which Python runs dbt: the project's own environment when it brings dbt, else sbdk's."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("dbt_core", "dbt_duckdb", "duckdb")


@dataclass(frozen=True)
class Interpreter:
    """`path` of the Python, and why it was chosen."""

    path: Path
    reason: str


def choose_python(project_root: Path) -> Interpreter:
    """The project's `.venv` if dbt-core and dbt-duckdb are in it and its DuckDB can read our files; else this Python.

    Looks at the folders of installed packages; starts nothing.
    """
    ours = _installed(Path(sys.prefix))
    python = project_root / ".venv" / "bin" / "python"
    if not python.exists():
        return Interpreter(Path(sys.executable), "the project has no .venv of its own")
    theirs = _installed(project_root / ".venv")
    unfit = _why_unfit(theirs, ours)
    if unfit:
        return Interpreter(Path(sys.executable), f"the project's .venv {unfit}")
    return Interpreter(python, f"the project's .venv has dbt {theirs['dbt_core']}")


def _why_unfit(theirs: dict[str, str], ours: dict[str, str]) -> str | None:
    missing = [name.replace("_", "-") for name in NEEDED if name not in theirs]
    if missing:
        return f"has no {' and no '.join(missing)}"
    if "duckdb" in ours and _major(theirs["duckdb"]) < _major(ours["duckdb"]):
        return f"has DuckDB {theirs['duckdb']}, which cannot open files of {ours['duckdb']}"
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
