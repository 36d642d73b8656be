"""What a project that turned tracking on reports of a run: figures, no names, no data, no paths."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import Any

ANONYMOUS = "anonymous"  # the project name under which a uuid registers


def run_event(result: dict[str, Any], command: str, at: datetime, version: str) -> dict[str, Any]:
    """The usage event of one run, from the object that `sbdk dev --json` prints; `version` is that of sbdk."""
    rows = sum(table.get("rows") or 0 for table in result["tables"])
    return {
        "name": "run",
        "at": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "data": {
            "command": command,
            "status": result["status"],
            "error": (result["error"] or {}).get("code"),
            "seconds": round(result["seconds"], 1),
            "tables": len(result["tables"]),
            "rows_magnitude": len(str(rows)),
            "models": result["dbt"]["models"],
            "tests": sum(result["dbt"][key] for key in ("tests_passed", "tests_failed", "tests_warned")),
            "sbdk": version,
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
        },
    }


def report(uuid: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """The body of `POST /track/usage`, all of it."""
    return {"uuid": uuid, "events": events}
