"""Messages to the parent: one JSON object a line, on a separate file descriptor, never mixed with dbt's output."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sbdk.core.redact import Redactor


class Channel:
    """Thread-safe. Secrets are redacted in every message."""

    def __init__(self, descriptor: int, redact: Redactor) -> None:
        os.set_inheritable(descriptor, False)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self.redact = redact

    def send(self, kind: str, **data: Any) -> None:
        line = json.dumps({"kind": kind, **self.redact(data)}, default=str)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def log(self, text: str) -> None:
        """A line for the log, which is this process's standard error."""
        print(self.redact.text(text), file=sys.stderr, flush=True)  # noqa: T201
