"""What dlt and the pipelines warn of, as events: nothing below the command line prints."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sbdk.core.events import Emit, Noted, Warned
from sbdk.load.session import Session

# dlt's own bookkeeping when several sources are extracted before one is normalised: nothing that a user could fix.
INTERNAL = "Storage schema was used"


@contextmanager
def heard(session: Session, emit: Emit, stage: str) -> Iterator[None]:
    """Within: what dlt logs, each text once, and Python warnings go to `emit` as warnings and notes of `stage`."""
    seen: set[str] = set()

    def warn(category: str, text: str, filename: str, lineno: int) -> None:
        emit(Warned(stage, f"{category}: {text}"))

    def log(level: int, text: str) -> None:
        if text not in seen and INTERNAL not in text:
            seen.add(text)
            emit((Warned if level >= logging.WARNING else Noted)(stage, text))

    with session.listening(warn, log):
        yield
