"""The project with its current configuration, which may be edited while the dashboard runs."""

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
    """Reopens the project when `sbdk_config.json` or `.env` has changed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._seen = self._stamp()

    def get(self) -> Project:
        """Never raises: a configuration that cannot be read changes nothing, and the watcher reports its error."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                with suppress(SbdkError):
                    self._project = self._project.reload()
            return self._project

    def _stamp(self) -> list[Any]:
        return [_file_stamp(path) for path in (self._project.loaded.file, self._project.root / ".env")]


def _file_stamp(path: Path) -> tuple[int, ...] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_ino, info.st_size, info.st_mtime_ns
