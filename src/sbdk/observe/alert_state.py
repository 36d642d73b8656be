"""Alerts, and the open ones on disk: an alert is sent once, repeated after some hours, and resolved by another one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from filelock import FileLock

from sbdk.core.files import atomic_write
from sbdk.spec.config_sections import AlertKind

Severity = Literal["info", "warning", "critical"]
_CHANGING = re.compile(r"\b\d{8}T\d{6}-[0-9a-f]{6}\b|\d[\d,.]*( rows?\b)?")  # run ids, and counts of anything
_LOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Alert:
    """One message to people. `facts` are shown below the text, in their order. It must contain no secret."""

    kind: AlertKind
    severity: Severity
    project: str
    target: str
    title: str
    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The project and target that it is about; alerts of one subject are resolved together."""
        return f"{self.project}/{self.target}"

    @property
    def fingerprint(self) -> str:
        """Hex; the same for the same problem: counts, seconds and run ids in the text are left out."""
        text = _CHANGING.sub("#", f"{self.title}\n{self.text}")
        return hashlib.sha256(f"{self.kind}\n{self.subject}\n{text}".encode()).hexdigest()[:32]


@dataclass
class OpenAlert:
    """An alert that was sent and is not resolved. Times are ISO 8601, UTC; `times` counts how often it was raised.

    `told` (the key in the file): when it was sent last.
    """

    kind: str
    subject: str
    title: str
    since: str
    told: str
    times: int = 1


class AlertState:
    """The open alerts of a project, in one small JSON file; a file that cannot be read counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.open: dict[str, OpenAlert] = {}

    @contextmanager
    def editing(self) -> Iterator[AlertState]:
        """Read, let the caller change `open`, write: one process at a time."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
            self.open = self._read()
            yield self
            self._write()

    def is_due(self, alert: Alert, now: datetime, repeat_hours: float) -> bool:
        """Whether to send it: it is new, or was sent at least `repeat_hours` ago. Increments `times` of an open one."""
        known = self.open.get(alert.fingerprint)
        if known is None:
            return True
        known.times += 1
        return now - datetime.fromisoformat(known.told) >= timedelta(hours=repeat_hours)

    def mark_sent(self, alert: Alert, now: datetime) -> None:
        stamp = now.isoformat(timespec="seconds")
        new = OpenAlert(alert.kind, alert.subject, alert.title, stamp, stamp)
        self.open.setdefault(alert.fingerprint, new).told = stamp

    def open_alerts(self, subject: str, kinds: tuple[AlertKind, ...]) -> dict[str, OpenAlert]:
        """The open alerts of these kinds, by fingerprint."""
        return {key: known for key, known in self.open.items() if known.subject == subject and known.kind in kinds}

    def _read(self) -> dict[str, OpenAlert]:
        try:
            return {key: OpenAlert(**fields) for key, fields in json.loads(self._path.read_text()).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        atomic_write(self._path, json.dumps({key: asdict(known) for key, known in self.open.items()}, indent=1))
