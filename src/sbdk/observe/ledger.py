"""What was told already: one trouble is told once, then again only after a while, and once more when it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock

from sbdk.core.files import atomic_write
from sbdk.observe.alert import Alert

_PATIENCE = 5.0


@dataclass
class Trouble:
    """An alert that was told and is not over. Times are ISO 8601, UTC; `times` counts how often it happened."""

    kind: str
    subject: str
    title: str
    since: str
    told: str
    times: int = 1


class Ledger:
    """The open troubles of a project, in one small JSON file; a file that cannot be read counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.open: dict[str, Trouble] = {}

    @contextmanager
    def editing(self) -> Iterator[Ledger]:
        """Read, let the caller change `open`, write: one process at a time."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._path.with_suffix(".lock"), timeout=_PATIENCE):
            self.open = self._read()
            yield self
            self._write()

    def is_news(self, alert: Alert, now: datetime, repeat_hours: float) -> bool:
        """Whether to tell it. Counts the happening of a trouble that is known."""
        known = self.open.get(alert.fingerprint)
        if known is None:
            return True
        known.times += 1
        return now - datetime.fromisoformat(known.told) >= timedelta(hours=repeat_hours)

    def told(self, alert: Alert, now: datetime) -> None:
        stamp = now.isoformat(timespec="seconds")
        known = self.open.setdefault(alert.fingerprint, Trouble(alert.kind, alert.subject, alert.title, stamp, stamp))
        known.told = stamp

    def over(self, subject: str, kinds: tuple[str, ...]) -> dict[str, Trouble]:
        """The open troubles of these kinds, by fingerprint."""
        return {key: one for key, one in self.open.items() if one.subject == subject and one.kind in kinds}

    def _read(self) -> dict[str, Trouble]:
        try:
            return {key: Trouble(**one) for key, one in json.loads(self._path.read_text()).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        atomic_write(self._path, json.dumps({key: asdict(one) for key, one in self.open.items()}, indent=1))
