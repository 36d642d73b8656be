"""Checks: read-only queries that select failing rows; these are kept as JSON Lines."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from sbdk.core.errors import DiskError, QueryError
from sbdk.core.files import atomic_write
from sbdk.spec.checks import Check, Severity
from sbdk.targets.base import Connection
from sbdk.targets.sessions import AnyConnection, as_connection

Status = Literal["pass", "fail", "warn", "error"]


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    status: pass; fail or warn, by severity, when it selected rows; error when the query could not run, whatever the
    severity, and then `message` is its error. `failures` counts all rows, `kept` is the file with the first of them
    (JSON Lines), `sample` holds the first few.
    """

    name: str
    severity: Severity
    status: Status
    failures: int = 0
    kept: Path | None = None
    sample: list[dict[str, Any]] = field(default_factory=list)
    message: str | None = None
    file: Path | None = None
    description: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: paths as texts."""
        return {
            "name": self.name,
            "description": self.description,
            "severity": self.severity,
            "status": self.status,
            "failures": self.failures,
            "kept": str(self.kept) if self.kept else None,
            "sample": self.sample,
            "message": self.message,
            "file": str(self.file) if self.file else None,
        }


def run_checks(connection: AnyConnection, checks: Sequence[Check], *, keep: Path, cap: int = 100) -> list[CheckResult]:
    """Run every check, also after one has failed. Failing rows go to `keep`/NAME.jsonl, at most `cap` for each.

    A check cannot change anything. DiskError if rows cannot be kept.
    """
    session = as_connection(connection)
    return [_run(session, check, keep / f"{check.name}.jsonl", cap) for check in checks]


def _run(connection: Connection, check: Check, path: Path, cap: int) -> CheckResult:
    about: dict[str, Any] = {"file": check.file, "description": check.description}
    try:
        kept = keep_rows(connection, check.sql, path, cap)
    except QueryError as error:
        return CheckResult(check.name, check.severity, "error", message=str(error).strip(), **about)
    failed: Status = "fail" if check.severity == "error" else "warn"
    status: Status = failed if kept.failures else "pass"
    return CheckResult(check.name, check.severity, status, kept.failures, kept.path, kept.sample, **about)


SAMPLE = 5


@dataclass(frozen=True)
class KeptRows:
    """`failures`: the number of all selected rows. `path`: JSON Lines with the first of them, None if none are kept."""

    failures: int
    path: Path | None = None
    sample: list[dict[str, Any]] = field(default_factory=list)


def keep_rows(connection: AnyConnection, sql: str, path: Path, cap: int = 100) -> KeptRows:
    """Count the rows that `sql` selects and write up to `cap` of them to `path`, one JSON object per line.

    Read once; a second time, counting only, when there are more than `cap`. Numbers and decimals are exact, times ISO
    8601, NaN and infinities null. QueryError when the query cannot run; DiskError.
    """
    selected = as_connection(connection).select(sql, cap)
    names = _unique_names(selected.columns)
    rows = [dict(zip(names, row, strict=True)) for row in selected.rows]
    if rows:
        _write(rows, path)
    return KeptRows(selected.total, path if rows else None, [json.loads(as_json(row)) for row in rows[:SAMPLE]])


def _unique_names(columns: list[str]) -> list[str]:
    """Column names, a repeated one numbered: id, id_2."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def _write(rows: list[dict[str, Any]], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, "".join(as_json(row) + "\n" for row in rows), errors="backslashreplace")
    except OSError as error:
        raise DiskError(f"failing rows cannot be kept: {error.strerror}", file=path) from error


def as_json(value: Any) -> str:
    """JSON of a value as DuckDB hands it to Python. Decimals keep every digit, as numbers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {as_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "null"
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else "null"
    if isinstance(value, datetime | date | time):
        return json.dumps(value.isoformat())
    if isinstance(value, bytes):
        return json.dumps(value.hex())
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(str(value))  # intervals, UUIDs
