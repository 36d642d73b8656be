"""Send usage reports without anybody waiting for it: a process of its own does it, and notes how that went."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from sbdk.state.layout import StateDir


class Tracker:
    """The anonymous id, the token that came with it, and how the last report fared: all in `.sbdk/tracking.json`."""

    def __init__(self, endpoint: str, state: Path, *, chosen: str | None = None, token: str | None = None) -> None:
        self.endpoint, self._file = endpoint.rstrip("/"), StateDir(state).tracking
        self._kept = read_kept(self._file)
        kept = self._kept.get("uuid")
        self.uuid = chosen or (kept if isinstance(kept, str) else str(uuid.uuid4()))
        self._token = token

    @property
    def last(self) -> dict[str, str]:
        """`at` and `outcome` of the last report; empty before the first."""
        found = self._kept.get("last")
        return found if isinstance(found, dict) else {}

    def send(self, body: dict[str, Any]) -> None:
        """Hand the report to a process that outlives this one. Returns at once; nothing here raises."""
        with suppress(OSError, ValueError):
            self._keep_uuid()
            order = {"endpoint": self.endpoint, "file": str(self._file), "token": self._token, "body": body}
            _detach(json.dumps(order).encode())

    def _keep_uuid(self) -> None:
        if self._kept.get("uuid") != self.uuid:
            write_kept(self._file, {"uuid": self.uuid})


def read_kept(file: Path) -> dict[str, Any]:
    """What is kept; empty when there is nothing readable."""
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def write_kept(file: Path, kept: dict[str, Any]) -> None:
    """For the owner's eyes only: the file holds a token."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(kept, out)
    os.replace(draft, file)


def _detach(order: bytes) -> None:
    """A session of its own: neither Ctrl-C nor the end of the terminal reaches it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sbdk.observe.sending"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin as pipe:
        pipe.write(order)  # well below a pipe's 64 kB: never waits
