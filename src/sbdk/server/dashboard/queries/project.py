"""The project with its present configuration: it may be edited while its pages are shown."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SbdkError

if TYPE_CHECKING:
    from sbdk.project import Project


class CurrentProject:
    """Opens the project again when `sbdk_config.json` or `.env` is another file than before."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._seen = self._stamp()

    def now(self) -> Project:
        """Never raises: what cannot be read changes nothing, and the watcher reports what is wrong with it."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                with suppress(SbdkError):
                    self._project = self._project.reload()
            return self._project

    def _stamp(self) -> list[Any]:
        return [_mark(path) for path in (self._project.loaded.file, self._project.root / ".env")]


def _mark(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
