"""Forwards what dlt logs and counts as events, and keeps its internal messages out of the terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from dlt.common.runtime.collector_base import Collector

from sbdk.core.events import Emit, Noted, Progress, Warned, silent
from sbdk.core.failpoints import failpoint
from sbdk.load.session import Session

# logged when several sources are extracted before one is normalized; users can do nothing about it
INTERNAL = "Storage schema was used"


@contextmanager
def forward_log(session: Session, emit: Emit, stage: str) -> Iterator[None]:
    """Within: dlt's log, each text once, and Python warnings go to `emit` as warnings and notes of `stage`."""
    seen: set[str] = set()

    def warn(category: str, text: str, filename: str, lineno: int) -> None:
        emit(Warned(stage, f"{category}: {text}"))

    def log(level: int, text: str) -> None:
        if text not in seen and INTERNAL not in text:
            seen.add(text)
            emit((Warned if level >= logging.WARNING else Noted)(stage, text))

    with session.capture(warn, log):
        yield


EVERY_SECONDS = 0.1


class ProgressCollector(Collector):  # type: ignore[misc]
    """Emits the number of rows extracted, then of files loaded into the build, a few times a second.

    dlt counts rows under the name of their table, and files of the load under "Jobs".
    """

    def __init__(self) -> None:
        self.emit: Emit = silent
        self.step = ""
        self._rows = 0
        self._files = 0
        self._all_files = 0
        self._last = 0.0

    def update(
        self,
        name: str,
        inc: int = 1,
        total: int | None = None,
        inc_total: int | None = None,
        message: str | None = None,
        label: str | None = None,
    ) -> None:
        if self.step.startswith("Extract") and name != "Resources":
            self._rows += inc
            self._report(Progress("generate", self._rows, unit="rows", item=name))
        elif name == "Jobs" and label is None:
            self._all_files += (total or 0) + (inc_total or 0)
            self._files += inc
            if inc:
                self._report(Progress("load", self._files, self._all_files, "files"))
                failpoint("mid_load")

    def _report(self, progress: Progress) -> None:
        now = monotonic()
        if now - self._last >= EVERY_SECONDS:
            self._last = now
            self.emit(progress)

    def _start(self, step: str) -> None:
        pass

    def _stop(self) -> None:
        pass
