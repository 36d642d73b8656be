"""dlt's surroundings: the project folder is its home, and what sbdk decides cannot be unset by a file elsewhere.

dlt looks for `config.toml` and `secrets.toml`, and writes traces and an anonymous id, in the user's home folder unless
another folder is given. Here settings come from the project's own `.dlt/` and the environment, everything written goes
below the working folder of the build, telemetry is off.
"""

from __future__ import annotations

from typing import Any

FIXED: dict[str, Any] = {
    # intercept_signals: dlt would answer the first Ctrl-C by draining its pools; a build is thrown away, so just stop
    "runtime": {"dlthub_telemetry": False, "sentry_dsn": None, "slack_incoming_hook": None, "intercept_signals": False},
    # no trace.pickle: nobody reads it, it costs time, and unpickling a file is running it
    "enable_runtime_trace": False,
    # the state of a run lies in the build and nowhere else
    "restore_from_destination": True,
    "use_single_dataset": True,
    # a failed job fails the build, which is thrown away: trying it again could only double rows.
    # finished jobs take up disk until the working folder is removed with the build
    "load": {"raise_on_max_retries": 1, "delete_completed_jobs": True},
}
"""Settings that stand above environment and files, because the promises of a run rest on them."""
