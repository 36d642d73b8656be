"""File operations that survive a power cut: write, sync, rename, sync the folder."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Put `text` at `path`: a reader, or whoever comes after a crash, sees the old content or the new, never a part."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Force a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk, so that a rename in it outlives a power cut."""
    try:
        sync_file(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):  # some file systems sync no folders
            raise


def arrival_name(target: Path) -> Path:
    """Where `place` prepares a file that comes from another file system; a killed run may leave it behind."""
    return target.with_name(f".{target.name}.sbdk-new")


def place(source: Path, target: Path) -> None:
    """Rename `source` over `target`. From another file system: copied beside `target` first, then renamed."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        arrival = arrival_name(target)
        shutil.copyfile(source, arrival)
        shutil.copymode(source, arrival)
        sync_file(arrival)
        os.replace(arrival, target)
        source.unlink()


def clear(folder: Path) -> None:
    """Remove a folder and all that is in it; one that is not there is fine."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        # A file that vanished half-way (a worker's temporary file) ends rmtree early: once more, to the end.
        shutil.rmtree(folder, ignore_errors=True)
