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

    OSErrors inside become DiskTrouble. Raises UsageError if `out` is a file.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("is a file, not a folder", file=out)
    made = not out.exists()
    folder = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        folder = Path(mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=out))
        yield folder
    except OSError as error:
        raise _disk_trouble(error, out) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        if made:
            with suppress(OSError):
                out.rmdir()  # only if nothing was written


def _disk_trouble(error: OSError, path: Path) -> DiskTrouble:
    """What the system said, in our words; Arrow's text when it has no number."""
    return DiskTrouble(f"cannot be written: {error.strerror or error}", file=error.filename or path)


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
