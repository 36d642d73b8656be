"""The sink of anonymous usage reports: only if the user turned them on; `sbdk tracking` shows what they contain.

A report has figures, no names, no data, no paths. The run does not wait for it: a separate process sends it
(usage_sender.py) and records the outcome.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.events import RunEvent, RunFinished
from sbdk.core.files import atomic_write
from sbdk.state.layout import StateDir
from sbdk.version import __version__

if TYPE_CHECKING:
    from sbdk.spec.project import ProjectSpec

ANONYMOUS = "anonymous"  # the project name under which a uuid registers
TOKEN_VARIABLE = "SBDK_TRACKING__TOKEN"
_COMMANDS = ("dev", "start")


class UsageSink:
    """Reports each run that has a result.

    `.sbdk/tracking.json` holds the anonymous id, its tokens, and the outcome of the last report.
    """

    def __init__(self, endpoint: str, state: Path, *, chosen: str | None = None, token: str | None = None) -> None:
        self.endpoint, self._file = endpoint.rstrip("/"), StateDir(state).tracking
        self._saved = read_state(self._file)
        known = self._saved.get("uuid")
        self.uuid = chosen or (known if isinstance(known, str) else str(uuid.uuid4()))
        self._token = token

    @property
    def last(self) -> dict[str, str]:
        """`at` and `outcome` of the last report; empty before the first."""
        last = self._saved.get("last")
        return last if isinstance(last, dict) else {}

    def __call__(self, event: RunEvent) -> None:
        if isinstance(event, RunFinished) and event.has_result:
            self._send(self.report(event))

    def report(self, event: RunFinished) -> dict[str, Any]:
        """The whole body of `POST /track/usage`."""
        return {"uuid": self.uuid, "events": [usage_of(event)]}

    def _send(self, body: dict[str, Any]) -> None:
        """Pass the report to a process that outlives this one. Returns at once and never raises."""
        with suppress(OSError, ValueError):
            if self._saved.get("uuid") != self.uuid:
                write_state(self._file, {"uuid": self.uuid})
            order = {"endpoint": self.endpoint, "file": str(self._file), "token": self._token, "body": body}
            _detach(json.dumps(order).encode())


def usage_sink(project: ProjectSpec, *, even_if_off: bool = False) -> UsageSink | None:
    """None without an endpoint, and when tracking is off, unless `even_if_off`. It writes no file."""
    settings = project.config.tracking
    if not settings.endpoint or not (settings.enabled or even_if_off):
        return None
    token = project.secrets.get(TOKEN_VARIABLE)
    return UsageSink(settings.endpoint, project.state, chosen=settings.uuid, token=token)


def tracking_state(project: ProjectSpec) -> dict[str, Any]:
    """Whether tracking is on, and the report that a run without changes would send."""
    settings, sink = project.config.tracking, usage_sink(project, even_if_off=True)
    return {
        "enabled": settings.enabled and sink is not None,
        "endpoint": settings.endpoint,
        "uuid": sink.uuid if sink else settings.uuid,
        "last": sink.last if sink else {},
        "would_send": sink.report(RunFinished("up_to_date")) if sink else None,
    }


def usage_of(event: RunFinished) -> dict[str, Any]:
    """One run as an event of the API."""
    return {
        "name": "run",
        "at": event.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "data": {
            "command": _known_command(event.command),
            "status": event.status,
            "error": event.error.code if event.error else None,
            "seconds": round(event.seconds, 1),
            "tables": len(event.tables),
            "rows_magnitude": len(str(sum(table.rows for table in event.tables))),
            "models": event.dbt.models,
            "tests": event.dbt.tests_passed + event.dbt.tests_failed + event.dbt.tests_warned,
            "sbdk": __version__,
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
        },
    }


def _known_command(line: str) -> str:
    """`dev` of `sbdk dev --retry`; `api` for another program, whose command line is not reported."""
    program, _, arguments = line.partition(" ")
    command = arguments.partition(" ")[0]
    return command if program == "sbdk" and command in _COMMANDS else "api"


def read_state(file: Path) -> dict[str, Any]:
    """The content of the file; empty if it cannot be read."""
    try:
        state = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(file: Path, state: dict[str, Any]) -> None:
    """Replace the file, readable by the owner only: it holds a token."""
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(file, json.dumps(state), mode=0o600)


def _detach(order: bytes) -> None:
    """Start the sender in its own session: neither Ctrl-C nor the end of the terminal reaches it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sbdk.observe.usage_sender"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin as pipe:
        pipe.write(order)  # well below a pipe's 64 kB: never waits
