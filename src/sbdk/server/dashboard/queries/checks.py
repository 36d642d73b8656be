"""The checks of a project, by the tables that they read, and the rows that failed them; a run's dbt log."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sbdk.core.errors import SbdkError
from sbdk.spec.checks import Check, read_checks
from sbdk.state.builds import RUN_ID
from sbdk.state.layout import StateDir
from sbdk.targets.sessions import scratch


def checks_of(folder: Path) -> tuple[list[Check], SbdkError | None]:
    """All checks of a project; none and the error when their files cannot be read."""
    try:
        return read_checks(folder), None
    except SbdkError as error:
        return [], error


def tables_of_checks(folder: Path, names: Container[str]) -> set[str]:
    """The tables that the named checks read, as schema.table."""
    with scratch() as connection:
        sources = [connection.source_tables(check.sql) for check in checks_of(folder)[0] if check.name in names]
    return {name if "." in name else f"main.{name}" for tables in sources for name in tables}


def checks_on(folder: Path, schema: str, name: str) -> list[Check]:
    """The checks that read the table; a table of the schema main may be named without it."""
    names = {f"{schema}.{name}"} | ({name} if schema == "main" else set())
    with scratch() as connection:
        return [check for check in checks_of(folder)[0] if names & connection.source_tables(check.sql)]


SHOWN = 20
"""Rows of each file."""
_LINE = 20_000  # bytes of a line that are parsed
_LOG = 20_000  # characters of the end of a log


@dataclass(frozen=True)
class Failures:
    """The first rows of one check or test, as texts; `kept` counts those in its file."""

    name: str
    columns: list[str]
    rows: list[list[str | None]]
    kept: int
    file: str = field(default="")


def failures_of(state: StateDir, run_id: str) -> list[Failures]:
    """One per check and test; none for a run that kept none. Unreadable files and broken lines are skipped."""
    if not RUN_ID.fullmatch(run_id):
        return []
    files = sorted(state.failures(run_id).glob("*.jsonl"))
    return [failures for file in files if (failures := _read(file)) is not None]


def log_of(state: StateDir, run_id: str) -> str:
    """The end of dbt's log of a run; empty without one."""
    if not RUN_ID.fullmatch(run_id):
        return ""
    try:
        return state.dbt_log(run_id).read_text(encoding="utf-8", errors="replace")[-_LOG:]
    except OSError:
        return ""


def _read(path: Path) -> Failures | None:
    try:
        with path.open("rb") as file:
            rows = list(_objects(islice(file, SHOWN)))
            kept = SHOWN + sum(1 for _ in file) if len(rows) == SHOWN else len(rows)
    except OSError:
        return None
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_text(row.get(name)) for name in columns] for row in rows]
    return Failures(path.stem, columns, cells, kept, path.name)


def _objects(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            row = json.loads(line[:_LINE])
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
