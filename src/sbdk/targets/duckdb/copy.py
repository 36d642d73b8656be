"""Copy and hash database files in one pass, without taking DuckDB's lock away.

POSIX drops every lock a process holds on a file as soon as the process closes *any* descriptor of it. DuckDB guards its
file with such a lock, so a file that this process has open in DuckDB is read by a child process instead.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

CHUNK = 1 << 20
FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file (Btrfs, XFS, bcachefs)


def copy_and_hash(source: Path, target: Path) -> str:
    """Copy `source` to the new file `target`; returns the SHA-256 (hex) of the copied bytes. Not synced."""
    return _in_child(source, target) if held_open(source) else copy_closed(source, target)


def copy_closed(source: Path, target: Path) -> str:
    """The same for a file that this process is known not to have open in DuckDB."""
    with open(source, "rb", buffering=0) as reading, open(target, "xb", buffering=0) as writing:
        if _clone(reading, writing):
            with open(target, "rb", buffering=0) as cloned:
                return _read_all(cloned, None)
        return _read_all(reading, writing)


def digest(path: Path) -> str:
    """The SHA-256 (hex) of a file."""
    if held_open(path):
        return _in_child(path, None)
    with open(path, "rb", buffering=0) as reading:
        return _read_all(reading, None)


def held_open(path: Path) -> bool:
    """Whether this process has the file open (False where there is no /proc to find out)."""
    try:
        wanted = os.stat(path)
        descriptors = os.listdir("/proc/self/fd")
    except OSError:
        return False
    return any(_same_file(f"/proc/self/fd/{number}", wanted) for number in descriptors)


def _same_file(descriptor: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(descriptor), wanted)
    except OSError:
        return False


def _clone(reading: IO[bytes], writing: IO[bytes]) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(writing.fileno(), FICLONE, reading.fileno())
    except OSError:
        return False
    return True


def _read_all(reading: IO[bytes], writing: IO[bytes] | None) -> str:
    """Read to the end; while a thread hashes one chunk, this one writes it and reads the next."""
    sha = hashlib.sha256()
    with ThreadPoolExecutor(1, thread_name_prefix="sha256") as hasher:
        pending: Future[None] | None = None
        for chunk in _chunks(reading):
            if pending is not None:
                pending.result()
            pending = hasher.submit(sha.update, chunk)
            if writing is not None:
                _write_all(writing, chunk)
        if pending is not None:
            pending.result()
    return sha.hexdigest()


def _chunks(reading: IO[bytes]) -> Iterator[memoryview]:
    """Chunks of a file in three buffers in turn: one being hashed, one being written, one being read."""
    buffers = [bytearray(CHUNK) for _ in range(3)]
    index = 0
    while count := reading.readinto(buffers[index]):  # type: ignore[attr-defined]
        yield memoryview(buffers[index])[:count]
        index = (index + 1) % len(buffers)


def _write_all(writing: IO[bytes], chunk: memoryview) -> None:
    while len(chunk):
        chunk = chunk[writing.write(chunk) :]


def _in_child(source: Path, target: Path | None) -> str:
    code = "import sys; from sbdk.targets.duckdb.copy import child; child(*sys.argv[1:])"
    # The child needs this package and nothing else: -S -E would lose an editable install.
    command = [sys.executable, "-c", code, str(source), *([str(target)] if target else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise OSError(f"the child process that reads {source} failed: {lines[-1]}")
    return done.stdout.strip()


def child(source: str, *target: str) -> None:
    """The program of `_in_child`: hash, or copy and hash; it writes the digest to standard output."""
    sha256 = copy_and_hash(Path(source), Path(target[0])) if target else digest(Path(source))
    sys.stdout.write(sha256)
