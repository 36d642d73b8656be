"""Rejects rows in which two columns get the same normalized name: dlt would silently keep one value of the two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlt.common.normalizers.naming import NamingConvention

from sbdk.core.errors import SourceError

_Path = tuple[str, ...]


class RejectColumnCollisions:
    """A step for a resource: returns every item; SourceError at two columns with one name after normalization.

    Checks each shape of row once, so that a row costs about a microsecond, and Arrow tables by their schema.
    """

    def __init__(self, naming: NamingConvention, table: str, file: Path | None) -> None:
        self.naming = naming
        self.table = table
        self.file = file
        self.seen: set[Any] = set()

    def __call__(self, item: Any) -> Any:
        if isinstance(item, dict):
            self._check_row(item)
        elif isinstance(item, list):
            for each in item:
                self(each)
        elif isinstance(names := getattr(getattr(item, "schema", None), "names", None), list):
            self._reject([(name,) for name in names])
        return item

    def _check_row(self, row: dict[str, Any]) -> None:
        shape = _shape(row)
        if shape not in self.seen:
            self._reject(_paths(row))
            self.seen.add(shape)
        for value in row.values():
            if isinstance(value, list):
                self(value)

    def _reject(self, paths: list[_Path]) -> None:
        names: dict[str, _Path] = {}
        for path in paths:
            first = names.setdefault(self._column(path), path)
            if first != path:
                pair = f"{'.'.join(first)!r} and {'.'.join(path)!r}"
                hint = "rename one of them in the pipeline"
                raise SourceError(f"two columns of {self.table} become one: {pair}", file=self.file, hint=hint)

    def _column(self, path: _Path) -> str:
        fragments = [self.naming.normalize_path(part) if part.strip() else "_empty" for part in path]
        return str(self.naming.make_path(*fragments))


def _shape(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple((key, _shape(value)) if isinstance(value, dict) else key for key, value in row.items())


def _paths(row: dict[str, Any], prefix: _Path = ()) -> list[_Path]:
    """The columns into which dlt flattens a row: `{"a": {"b": 1}}` is the column a__b."""
    found: list[_Path] = []
    for key, value in row.items():
        path = (*prefix, str(key))
        found += _paths(value, path) if isinstance(value, dict) and value else [path]
    return found
