"""What an export format is. Later ones (Delta, Iceberg, Kafka, a database) register here and change nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sbdk.core.registry import Registry

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Format:
    """How one kind of file is written and read back.

    save(batches, schema, path, raw) writes all batches to `path`, streaming; `raw` leaves texts as they are where the
    format would protect a reader from them. load(path, schema, raw) gives batches of the columns of `schema` that the
    file has, with the file's types, or the schema's where the file knows none. names(path): the columns of the file.
    load and names raise pyarrow.ArrowException, ValueError or OSError for a file that is damaged or something else.
    cannot_hold: families of types (cell_words.py) that the format has no way to write.
    """

    suffixes: tuple[str, ...]
    save: Callable[[Batches, pa.Schema, Path, bool], None]
    load: Callable[[Path, pa.Schema, bool], Batches]
    names: Callable[[Path], list[str]]
    cannot_hold: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """The one that new files get."""
        return self.suffixes[0]


formats: Registry[Format] = Registry("export format", "sbdk.export_formats")


def format_of(path: Path) -> Format | None:
    """The format whose suffix the file has."""
    known = (formats.get(name) for name in formats)
    return next((item for item in known if path.name.lower().endswith(item.suffixes)), None)
