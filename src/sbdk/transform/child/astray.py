"""Does the profile in use point at the file that it is told to?"""

from __future__ import annotations

import os
from typing import Any

from .compat import duckdb_adapter


def astray_profile(database: str | None) -> dict[str, Any] | None:
    """A failure when the profile would have dbt write anywhere else than to `database`."""
    adapter = duckdb_adapter()
    if database is None or adapter is None:
        return None
    path = adapter.config.credentials.path
    if os.path.realpath(path) == os.path.realpath(database):
        return None
    return {
        "code": "profile",
        "message": f"the profile {adapter.config.profile_name!r} points at {path}, not at the build of this run",
        "file": "profiles.yml",
        "line": None,
    }
