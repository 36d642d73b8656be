"""Checks: read-only queries that select failing rows; these are kept as JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sbdk.core.errors import DiskError, QueryError
from sbdk.core.files import atomic_write
from sbdk.core.json_text import distinct, json_object
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
    8601 (DuckDB's text where that has none: infinity, 44 BC), NaN and infinite floats null. QueryError when the query
    cannot run; DiskError.
    """
    selected = as_connection(connection).select(sql, cap)
    names = distinct(selected.columns)
    lines = [json_object(names, row) for row in selected.rows]
    if lines:
        _write(lines, path)
    return KeptRows(selected.total, path if lines else None, [json.loads(line) for line in lines[:SAMPLE]])


def _write(lines: list[str], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, "".join(line + "\n" for line in lines), errors="backslashreplace")
    except OSError as error:
        raise DiskError(f"failing rows cannot be kept: {error.strerror}", file=path) from error
