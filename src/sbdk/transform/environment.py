"""The environment variables that dbt runs with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

OURS = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",  # it would write ~/.dbt/.user.yml, too
    "DO_NOT_TRACK": "1",
    # dbt's locks are semaphores that nobody takes down when the worker goes at once; that is what the tracker is for.
    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
}


def child_environment(env: Mapping[str, str] | None, database: Path | None) -> dict[str, str]:
    """`env` (this process's if None) with telemetry off and, in SBDK_DATABASE, the file that profiles.yml points at."""
    ours = dict(OURS)
    if database is not None:
        ours["SBDK_DATABASE"] = str(database)
    return {**(os.environ if env is None else env), **ours}
