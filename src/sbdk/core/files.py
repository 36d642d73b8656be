"""Atomic and durable writes: write a draft, sync it, rename it, sync the folder."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path


def atomic_write(
    path: Path,
    content: str | bytes | memoryview,
    *,
    durable: bool = True,
    errors: str = "strict",
    mode: int = 0o666,
) -> None:
    """Write `content` to `path`: readers, also after a crash, see the old content or the new, never a part.

    Text is encoded in UTF-8, with `errors` for what UTF-8 cannot hold. `durable`: holds for a power failure, too.
    `mode`: the permissions of the file, less the umask. Raises OSError; the old content then remains.
    """
    data = content.encode(errors=errors) if isinstance(content, str) else content
    with drafted(path, durable=durable) as draft, open(draft, "wb", opener=partial(os.open, mode=mode)) as file:
        file.write(data)


@contextmanager
def drafted(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yields the path of a draft beside `path`, for the caller to write; renames it to `path` when the block ends.

    The draft is removed when the block raises. A killed process leaves it behind: `.NAME.NUMBER.part`.
    """
    draft = draft_path(path)
    try:
        yield draft
        publish_draft(draft, path, durable=durable)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def draft_path(path: Path) -> Path:
    """The path of this thread's draft of `path`; no other thread of this machine uses the same."""
    return path.with_name(f".{path.name}.{threading.get_native_id()}.part")


def publish_draft(draft: Path, path: Path, *, durable: bool = True) -> None:
    """Rename a complete draft to `path`, of the same folder."""
    if durable:
        sync_file(draft)
    os.replace(draft, path)
    if durable:
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
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):  # some file systems cannot sync folders
            raise


def arrival_name(target: Path) -> Path:
    """The temporary file of `atomic_move` between file systems; a killed process may leave it behind."""
    return target.with_name(f".{target.name}.sbdk-new")


def atomic_move(source: Path, target: Path) -> None:
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


def remove_tree(folder: Path) -> None:
    """Remove a folder with its content, if it exists."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        # A file that vanished half-way (a worker's temporary file) ends rmtree early: once more, to the end.
        shutil.rmtree(folder, ignore_errors=True)
