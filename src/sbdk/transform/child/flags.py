"""Command-line arguments for dbt: what every call of the worker has in common."""

from __future__ import annotations

import json
from typing import Any


def common_flags(settings: dict[str, Any], variables: dict[str, Any] | None) -> list[str]:
    """Quiet, without artifacts, telemetry and version check. `variables` None leaves dbt's vars as they were."""
    return [
        "--project-dir", settings["project_dir"],
        "--profiles-dir", settings["profiles_dir"],
        "--target-path", settings["target_path"],
        "--log-path", settings["target_path"],  # nothing is logged there, but dbt makes the folder
        "--target", settings["target"],
        "--threads", str(settings["threads"]),
        *(["--vars", json.dumps(variables)] if variables else []),
        "--no-write-json", "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors", "--no-print",
        "--quiet", "--log-level", "none", "--log-level-file", "none",
    ]  # fmt: skip


def selection(command: dict[str, Any]) -> list[str]:
    """`--select` and `--full-refresh` as a command of the parent asks for them."""
    chosen = ["--select", *command["select"]] if command["select"] else []
    return [*chosen, *(["--full-refresh"] if command["full_refresh"] else [])]
