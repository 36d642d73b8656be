"""The landing folder: landing/<stream>/<first>-<stop>.jsonl; each file is whole or absent.

A file's name holds its positions, first ≤ position < stop; it appears by rename. So the folder itself holds the
position, and a kill at any instant loses and repeats nothing. A kill may leave a hidden file, which the next writer
removes. `.position` records the stop of the last file, for readers that remove the files they have read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from sbdk.core.errors import ConfigError, DiskError, LockHeld, SourceError
from sbdk.core.failpoints import failpoint
from sbdk.core.files import atomic_write, drafted
from sbdk.synth.dirt.stream import Chunk
from sbdk.synth.streams.sink import text_of
from sbdk.synth.table import TableSet

FileFormat = Literal["jsonl", "parquet"]
DIGITS = 12
POSITION_FILE = ".position"
CLAIM = ".world"
"""The file with a hash of the fingerprints, seed and rates that the landing files belong to."""
_NAME = re.compile(r"^(\d{12,})-(\d{12,})\.(jsonl|parquet)$")


def file_name(start: int, stop: int, suffix: str) -> str:
    """The name of the file that holds start ≤ position < stop; names sort as positions do."""
    return f"{start:0{DIGITS}d}-{stop:0{DIGITS}d}.{suffix}"


def landed(folder: Path) -> list[tuple[int, int, Path]]:
    """(first, stop, file) of a stream's files, in order."""
    matches = [(match, path) for path in folder.glob("*") if (match := _NAME.match(path.name))]
    return sorted((int(match[1]), int(match[2]), path) for match, path in matches)


def landed_positions(folder: Path, streams: Iterable[str]) -> dict[str, int]:
    """The number of records of each stream in a landing folder, which is only read."""
    return {stream: _landed(folder / stream) for stream in streams}


def _landed(folder: Path) -> int:
    """The stop of the last file, or the recorded position if files have been removed."""
    file = folder / POSITION_FILE
    recorded = int(file.read_text() or 0) if file.exists() else 0
    return max([recorded, *(stop for _, stop, _ in landed(folder))])


@contextmanager
def claimed_landing(tables: TableSet, seed: int, rates: Mapping[str, Any], folder: Path) -> Iterator[None]:
    """The landing folder for one writer at a time, of one data set under one seed.

    Raises LockHeld while another process writes, SourceError when the files are of another seed, start or rates.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockHeld("another process writes the streams", file=folder, hint="wait for it, or stop it") from None
    try:
        claim_landing(tables, seed, rates, folder)
        yield
    finally:
        lock.release()


def claim_landing(tables: TableSet, seed: int, rates: Mapping[str, Any], folder: Path) -> None:
    """Record what the files belong to. Raises SourceError if that is another seed, start or rates."""
    parts = [
        *(table.fingerprint for table in tables.tables.values()),
        seed,
        sorted((table, sorted(defects.items())) for table, defects in rates.items()),
    ]
    digest, file = blake2b(repr(parts).encode(), digest_size=16).hexdigest(), folder / CLAIM
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(digest)
    elif file.read_text() != digest:
        hint = f"remove {folder.name}/ or set streams.folder to another one, then `sbdk dev --full-refresh`"
        raise SourceError(
            "the landing files are of another seed, range, rate or volume, or of another version of the data",
            file=folder,
            hint=hint,
        )


class LandingSink:
    """Writes chunks as files of one folder per stream. durable: sync them, so that they survive a power failure."""

    def __init__(self, folder: Path, file_format: FileFormat = "jsonl", *, durable: bool = True) -> None:
        if file_format not in ("jsonl", "parquet"):
            raise ConfigError(f"streams.format: {file_format!r} is neither jsonl nor parquet")
        self._folder, self._format, self._durable = folder, file_format, durable
        self._positions: dict[str, int] = {}

    def position(self, stream: str) -> int:
        """The next position of the stream. Removes unfinished files of a killed writer."""
        if stream not in self._positions:
            folder = self._folder / stream
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob(".*.part"):
                left.unlink(missing_ok=True)
            self._positions[stream] = _landed(folder)
        return self._positions[stream]

    def encode(self, chunk: Chunk) -> memoryview:
        """The content of the file."""
        return text_of(chunk.lines) if self._format == "jsonl" else _parquet(chunk)

    def write(self, chunk: Chunk, encoded: memoryview) -> None:
        """Write the chunk as one file."""
        name = chunk.stream.name
        if chunk.start != self.position(name):
            raise ValueError(f"{name}: chunk begins at {chunk.start}, not at {self.position(name)}")
        try:
            self._write_file(self._folder / name, file_name(chunk.start, chunk.stop, self._format), encoded)
        except OSError as error:
            raise DiskError(f"the landing folder: {error.strerror}", file=self._folder / name) from error
        self._positions[name] = chunk.stop
        atomic_write(
            self._folder / name / POSITION_FILE, str(chunk.stop), durable=False
        )  # the files' names hold it as well

    def _write_file(self, folder: Path, name: str, content: memoryview) -> None:
        with drafted(folder / name, durable=self._durable) as draft:
            draft.write_bytes(content)
            failpoint("mid_landing")

    def close(self) -> None:
        """Nothing is open."""


def _parquet(chunk: Chunk) -> memoryview:
    table = pa.Table.from_batches([chunk.typed])
    coded = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="none", use_dictionary=coded or False, store_schema=False)
    return memoryview(out.getvalue())
