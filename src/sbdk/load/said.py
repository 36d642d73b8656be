"""What dlt and the pipelines warn of, as events: nothing below the command line prints."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sbdk.core.events import Emit, Noted, Warned, silent

# dlt's own bookkeeping when several sources are extracted before one is normalised: nothing that a user could fix.
INTERNAL = "Storage schema was used"


class _Forward(logging.Handler):
    """dlt's log records as events, each once. Errors are left out: they are raised as well."""

    def __init__(self) -> None:
        super().__init__()
        self.emit_event: Emit = silent
        self.stage = ""
        self.said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.ERROR:
            event = Warned if record.levelno >= logging.WARNING else Noted
            text = " ".join(record.getMessage().split())
            if text not in self.said and INTERNAL not in text:
                self.said.add(text)
                self.emit_event(event(self.stage, text))


_FORWARD = _Forward()


def forward_log() -> None:
    """Put our handler where dlt looks for one, before it makes its own that writes to standard error."""
    logger = logging.getLogger("dlt")
    logger.propagate = False
    logger.handlers = [_FORWARD]


@contextmanager
def heard(emit: Emit, stage: str) -> Iterator[None]:
    """Within: what dlt logs, and Python warnings, go to `emit` as warnings and notes of `stage`."""

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        emit(Warned(stage, f"{category.__name__}: {message}"))

    before = _FORWARD.emit_event, _FORWARD.stage
    _FORWARD.emit_event, _FORWARD.stage = emit, stage
    _FORWARD.said.clear()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show
            yield
    finally:
        _FORWARD.emit_event, _FORWARD.stage = before
