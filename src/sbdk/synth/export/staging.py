"""A hidden folder inside the target where files are written whole before they get their names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from sbdk.core.errors import DiskTrouble, UsageError

_PREFIX = ".sbdk-writing-"


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """An empty folder in `out`, which is made if need be; gone afterwards, and so is what killed runs left.

    Raises UsageError if `out` is a file, DiskTrouble for what goes wrong inside.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("is a file, not a folder", file=out)
    made = not out.exists()
    folder = None
    try:
        with disk_errors(out):
            out.mkdir(parents=True, exist_ok=True)
            _sweep(out)
            folder = Path(mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=out))
            yield folder
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        if made:
            with suppress(OSError):
                out.rmdir()  # only if nothing was written


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Full, read-only, no permission: DiskTrouble, which names the folder."""
    try:
        yield
    except BrokenPipeError:
        raise  # not the disk's: whoever listens to events is gone
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise DiskTrouble(f"cannot be written: {reason}", file=folder) from error


def _sweep(out: Path) -> None:
    for left in out.glob(f"{_PREFIX}*"):
        if not _alive(left.name.removeprefix(_PREFIX).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
