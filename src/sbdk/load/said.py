"""What dlt logs, as events: nothing below the command line prints."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sbdk.core.events import Emit, Event, silent


class _Forward(logging.Handler):
    """dlt's log records as events, each once. Errors are left out: they are raised as well."""

    def __init__(self) -> None:
        super().__init__()
        self.emit_event: Emit = silent
        self.stage = ""
        self.said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.ERROR:
            kind = "warning" if record.levelno >= logging.WARNING else "note"
            text = " ".join(record.getMessage().split())
            if text not in self.said:
                self.said.add(text)
                self.emit_event(Event(kind, self.stage, text))  # type: ignore[arg-type]


_FORWARD = _Forward()


def forward_log() -> None:
    """Put our handler where dlt looks for one, before it makes its own that writes to standard error."""
    logger = logging.getLogger("dlt")
    logger.propagate = False
    logger.handlers = [_FORWARD]


@contextmanager
def heard(emit: Emit, stage: str) -> Iterator[None]:
    """Within: what dlt logs goes to `emit` as warnings and notes of `stage`."""
    before = _FORWARD.emit_event, _FORWARD.stage
    _FORWARD.emit_event, _FORWARD.stage = emit, stage
    _FORWARD.said.clear()
    try:
        yield
    finally:
        _FORWARD.emit_event, _FORWARD.stage = before
