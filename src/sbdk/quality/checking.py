"""Run checks: a row returned is a failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sbdk.core.errors import QueryError
from sbdk.quality.rows import keep_rows
from sbdk.spec.checks import Check, Severity
from sbdk.targets.base import Connection
from sbdk.targets.sessions import AnyConnection, as_connection

Status = Literal["pass", "fail", "warn", "error"]


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    status: pass; fail or warn, by severity, when rows were found; error when the query could not run, whatever the
    severity, and then `message` has its words. `failures` counts all rows, `kept` is the file with the first of them
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

    A check cannot change anything. DiskTrouble if rows cannot be kept.
    """
    session = as_connection(connection)
    return [_run(session, check, keep / f"{check.name}.jsonl", cap) for check in checks]


def _run(connection: Connection, check: Check, path: Path, cap: int) -> CheckResult:
    about: dict[str, Any] = {"file": check.file, "description": check.description}
    try:
        found = keep_rows(connection, check.sql, path, cap)
    except QueryError as error:
        return CheckResult(check.name, check.severity, "error", message=str(error).strip(), **about)
    failed: Status = "fail" if check.severity == "error" else "warn"
    status: Status = failed if found.failures else "pass"
    return CheckResult(check.name, check.severity, status, found.failures, found.path, found.sample, **about)
