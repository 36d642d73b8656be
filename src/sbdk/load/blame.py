"""Which line of the user's own files an exception came from."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sbdk.load.compat import generator_of


def blame(error: BaseException, folder: Path, *, default: Path | None = None) -> tuple[Path | None, str]:
    """The file below `folder` and `"line 12: "`; the default file and `""` when no line of the user's had a part in it.

    The deepest cause counts, and in it the innermost frame: dlt wraps what a generator raises two or three times.
    """
    folder = folder.resolve()
    for cause in reversed(list(causes(error))):
        if isinstance(cause, SyntaxError) and cause.filename and _own(cause.filename, folder):
            return Path(cause.filename), f"line {cause.lineno}: "
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            if _own(frame.filename, folder):
                return Path(frame.filename), f"line {frame.lineno}: "
    return default, ""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, what caused it, and so on down to the first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _own(filename: str, folder: Path) -> bool:
    path = Path(filename)
    return path.is_absolute() and folder in path.resolve().parents and "site-packages" not in path.parts


def resource_file(resource: Any, folder: Path) -> Path | None:
    """The file below `folder` that a dlt resource's generator stands in."""
    made = generator_of(resource)
    code = getattr(made, "gi_code", None) or getattr(inspect.unwrap(made) if callable(made) else None, "__code__", None)
    return Path(code.co_filename) if code is not None and _own(code.co_filename, folder.resolve()) else None
