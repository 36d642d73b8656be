"""Errors of the operating system and of DuckDB about a file or a statement, as errors of sbdk."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from sbdk.core.errors import DiskError, LockHeld, QueryError, QueryForbidden, SbdkError, Terminal, WarehouseDamaged

_DISK_WORDS = (
    "No space left",
    "Disk quota exceeded",
    "Read-only file system",
    "Permission denied",
    "Too many open files",
    "Input/output error",
    "fsync failed",
    "not enough space",
)
_HINTS = {
    errno.ENOSPC: "free some space and run again: the published file is as it was",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "check who owns the folder and its permissions",
    errno.EPERM: "check who owns the folder and its permissions",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENOTDIR: "a file is where a folder should be: move it out of the way",
    errno.EIO: "the disk reports errors; the published file is as it was",
}


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise OSError and DuckDB's errors about the file at `path` as errors of sbdk."""
    try:
        yield
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else str(path)
        raise DiskError(error.strerror or str(error), file=where, hint=_HINTS.get(error.errno or 0)) from error
    except duckdb.Error as error:
        raise error_of_file(error, path) from error


def error_of_file(error: duckdb.Error, path: Path) -> SbdkError:
    """The error of sbdk for an error of DuckDB: LockHeld, Terminal, DiskError or WarehouseDamaged."""
    text = " ".join(str(error).split())
    if "Could not set lock" in text or "Conflicting lock" in text:
        holder = re.search(r"\(PID (\d+)\)", text)
        who = f"the process with PID {holder[1]}" if holder else "another process"
        return LockHeld(f"{who} has the file open for writing", file=path, hint="close it there, then run again")
    if newer := re.search(r"version number (\d+).*?(?:between|version) (\d+)(?: and (\d+))?", text):
        reads = newer[3] or newer[2]
        message = f"has storage version {newer[1]}; DuckDB {duckdb.__version__} here reads up to {reads}"
        return WarehouseDamaged(message, file=path, hint="a newer DuckDB wrote it: install that version, or roll back")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Terminal(
            f"DuckDB ran out of memory: {text}", file=path, hint="close other programs, or use a larger machine"
        )
    if any(word in text for word in _DISK_WORDS):
        return DiskError(
            text, file=path, hint="free some space, or check the permissions of the folder; then run again"
        )
    return WarehouseDamaged(f"DuckDB cannot use it: {text}", file=path)


def query_error(error: duckdb.Error) -> QueryError:
    """QueryError with DuckDB's message and line; QueryForbidden for what the sandbox rejects."""
    text = str(error)
    forbidden = isinstance(error, duckdb.PermissionException) or "configuration has been locked" in text
    if forbidden or "attached in read-only mode" in text:
        hint = "the query sees the published warehouse and nothing else"
        if "file system operations are disabled" in text:
            hint = "query.folders in sbdk_config.json names folders whose files queries may read"
        return QueryForbidden(text.partition("\n")[0], hint=hint)
    return QueryError(text)


def check_publish_path(published: Path, state: Path) -> None:
    """DiskError, before anything is written, if the published file or the state folder could not be written."""
    with translate_errors(published):
        _check_file(published)
        for folder in (published.parent, state):
            _check_folder(folder)


def _check_file(path: Path) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISREG(mode):
        return
    kinds = {stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe"}
    kind = kinds.get(stat.S_IFMT(mode), "no ordinary file")
    raise DiskError(f"is {kind}; the published file must be a plain file", file=path, hint="move it out of the way")


def _check_folder(folder: Path) -> None:
    """The folder, or the nearest one above that exists, must be a folder one can write to."""
    for existing in (folder, *folder.parents):
        if os.path.lexists(existing):
            break
    if not existing.is_dir():
        raise DiskError("is not a folder", file=existing, hint="move it out of the way")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise DiskError("cannot be written to", file=existing, hint=_HINTS[errno.EACCES])
    if os.statvfs(existing).f_flag & os.ST_RDONLY:
        raise DiskError("is on a read-only file system", file=existing, hint=_HINTS[errno.EROFS])
