"""The rows of copies, with every way in which they cannot be read turned into one error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit
from sbdk.synth.batches import cores
from sbdk.synth.export.content_hash import VERSION, ContentHash, hash_batch
from sbdk.synth.export.copies import Copy
from sbdk.synth.export.differences import Difference, Kind
from sbdk.synth.export.formats import Batches
from sbdk.synth.export.manifest import TableEntry
from sbdk.synth.export.parts import TableProgress, for_each
from sbdk.synth.type_family import family

LOAD_METADATA = "_dlt_"
"""How the columns begin that dlt adds to what it loads."""


class ReadingError(Exception):
    """The copy at `path` is damaged, is something else, or holds another type of value."""

    def __init__(self, path: Path, kind: Kind, text: str, column: str | None = None) -> None:
        super().__init__(text)
        self.path, self.kind, self.text, self.column = path, kind, text, column

    def difference(self, table: str) -> Difference:
        return Difference(table, self.kind, f"{self.path}: {self.text}", file=str(self.path), column=self.column)


def column_differences(table: str, entry: TableEntry, copies: list[Copy]) -> list[Difference]:
    """Columns that are missing or too many; a copy without any (JSON Lines without rows) has nothing to say."""
    expected = [column.name for column in entry.columns]
    differences = []
    for copy in copies:
        with _reading(copy):
            names = copy.names()
        if names:
            missing = [name for name in expected if name not in names]
            extra = [name for name in names if name not in expected and not name.startswith(LOAD_METADATA)]
            differences += [_column(table, copy, "missing_column", name, "is missing") for name in missing]
            differences += [_column(table, copy, "extra_column", name, "is not in the manifest") for name in extra]
    return differences


def _column(table: str, copy: Copy, kind: Kind, name: str, what: str) -> Difference:
    return Difference(table, kind, f"{copy.path}: column {name!r} {what}", file=str(copy.path), column=name)


def scan(table: str, entry: TableEntry, copies: list[Copy], emit: Emit) -> ContentHash:
    """The hash of all rows of the copies, which are read side by side. Raises ReadingError."""
    if not entry.content_hash.startswith(f"{VERSION}-"):
        raise UsageError(f"the content hash of {table} is of a newer version than this sbdk knows", hint="upgrade sbdk")
    progress = TableProgress(table, entry.rows, emit, stage="verify")

    def hashed(copy: Copy) -> ContentHash:
        with _reading(copy):
            return sum((hash_batch(batch) for batch in progress.watch(read(entry, [copy]))), ContentHash())

    return sum(for_each(copies, hashed, cores(), progress.stop), ContentHash())


def read(entry: TableEntry, copies: list[Copy]) -> Batches:
    """The rows, each column of the family of types that the manifest says. Raises ReadingError."""
    schema = entry.arrow_schema()
    for copy in copies:
        with _reading(copy):
            for batch in copy.batches(schema):
                batch.validate(full=True)
                _check_types(batch, schema, copy)
                yield batch


def _check_types(batch: pa.RecordBatch, schema: pa.Schema, copy: Copy) -> None:
    for field in batch.schema:
        expected = schema.field(field.name).type
        if _family(field.type) != family(expected):
            text = f"column {field.name!r} is {field.type}, {expected} expected"
            raise ReadingError(copy.path, "type", text, field.name)


def _family(data_type: pa.DataType) -> str:
    try:
        return family(data_type)
    except UsageError:
        return str(data_type)


@contextmanager
def _reading(copy: Copy) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, ValueError, OSError) as error:
        raise ReadingError(copy.path, "unreadable", f"cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
