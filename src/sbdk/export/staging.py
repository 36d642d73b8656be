"""A staging folder for an export, and the publication of the files in it."""

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
    """An empty folder in `out`, which is created if missing; removed afterwards, with those of killed processes.

    Raises UsageError if `out` is a file, DiskError for an OSError inside.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("is a file, not a folder", file=out)
    created = not out.exists()
    folder = None
    try:
        with disk_errors(out):
            out.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(out)
            folder = Path(mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=out))
            yield folder
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        if created:
            with suppress(OSError):
                out.rmdir()  # only if nothing was written


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Raise DiskError, which names the folder, for an OSError: disk full, read-only, no permission."""
    try:
        yield
    except BrokenPipeError:
        raise  # not of the disk: the reader of events has closed its end
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise DiskError(f"cannot be written: {reason}", file=folder) from error


def _remove_abandoned(out: Path) -> None:
    for left in out.glob(f"{_PREFIX}*"):
        if not _is_running(left.name.removeprefix(_PREFIX).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def publish(folder: Path, out: Path, entries: Mapping[str, TableEntry], emit: Emit) -> Manifest:
    """Move the files of `entries` from `folder` to `out`, replacing those of the same tables; return the new manifest.

    The manifest never lists a file that is not there whole: replaced entries leave it first, new ones enter it last.
    """
    old = _current_manifest(out, emit)
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


def _current_manifest(out: Path, emit: Emit) -> Manifest:
    """The folder's manifest without the entries whose files are missing; empty if there is no readable manifest."""
    if not (out / NAME).exists():
        return Manifest()
    try:
        manifest = read_manifest(out)
    except SbdkError as error:
        emit(Warned("generate", f"{error}; its entries are dropped"))
        return Manifest()
    return manifest.without({table for table, entry in manifest.tables.items() if not _has_all_files(out, entry)})


def _has_all_files(out: Path, entry: TableEntry) -> bool:
    paths = [out / name for name in _files(entry)]
    return all(path.is_file() and path.parent == out for path in paths)


def _remove(out: Path, names: set[str]) -> None:
    for name in names:
        (out / name).unlink(missing_ok=True)
