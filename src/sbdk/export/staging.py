"""A staging folder for an export, and its publication: old files go only when new ones are in place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from sbdk.core.errors import DiskError, SbdkError, UsageError
from sbdk.core.events import Emit, Warned
from sbdk.export.manifest import NAME, Manifest, TableEntry, read_manifest

_PREFIX = ".sbdk-writing-"


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """An empty folder in `out`, which is made if need be; gone afterwards, and so is what killed runs left.

    Raises UsageError if `out` is a file, DiskError for what goes wrong inside.
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
    """Full, read-only, no permission: DiskError, which names the folder."""
    try:
        yield
    except BrokenPipeError:
        raise  # not the disk's: whoever listens to events is gone
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise DiskError(f"cannot be written: {reason}", file=folder) from error


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


def publish(folder: Path, out: Path, entries: Mapping[str, TableEntry], emit: Emit) -> Manifest:
    """Move the files of `entries` from `folder` to `out`, in place of those of the same tables; the new manifest."""
    old = _old(out, emit)
    kept = old.without(set(entries))
    if old.tables.keys() & entries.keys():
        kept.save(out)
    _remove(out, {file for table in entries.keys() & old.tables.keys() for file in _files(old.tables[table])})
    for entry in entries.values():
        for name in _files(entry):
            os.replace(folder / name, out / name)
    manifest = Manifest(tables={**kept.tables, **entries})
    manifest.save(out)
    return manifest


def _files(entry: TableEntry) -> list[str]:
    return [file.name for file in entry.files]


def _old(out: Path, emit: Emit) -> Manifest:
    """The folder's manifest, less the entries whose files are gone; empty when there is none that can be read."""
    if not (out / NAME).exists():
        return Manifest()
    try:
        manifest = read_manifest(out)
    except SbdkError as error:
        emit(Warned("generate", f"{error}; what it listed is forgotten"))
        return Manifest()
    return manifest.without({table for table, entry in manifest.tables.items() if not _there(out, entry)})


def _there(out: Path, entry: TableEntry) -> bool:
    paths = [out / name for name in _files(entry)]
    return all(path.is_file() and path.parent == out for path in paths)


def _remove(out: Path, names: set[str]) -> None:
    for name in names:
        (out / name).unlink(missing_ok=True)
