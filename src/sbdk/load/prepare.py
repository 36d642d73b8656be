"""Prepares a user's dlt sources for a run: contract, local files, column collisions, reruns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dlt import Schema
from dlt.common.normalizers.naming import NamingConvention
from dlt.extract import DltResource, DltSource

from sbdk.core.errors import SourceError
from sbdk.load.compat import generator_of, head_of, pipe_of
from sbdk.load.errors import resource_file
from sbdk.load.evaluation import run_parallel
from sbdk.load.sources import DEFAULT_SOURCE
from sbdk.load.values import FitNumbers, reject_unstorable

CONTRACT = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
"""Of a source that declares no contract: new tables and columns are added, a value that does not fit the type of its
column is an error. dlt's own default would silently put such values into a new column named `…__v_text`."""


def prepare_sources(sources: Iterable[DltSource], folder: Path, *, parallel: bool) -> list[DltSource]:
    """The sources to extract: those named DEFAULT_SOURCE merged into one, all with `CONTRACT` unless they declare one.

    `parallel` lets the merged resources run in parallel; those of a `@dlt.source` run as their author declared
    (`parallelized=True`), because they may share a connection.
    """
    originals = list(sources)
    loose = [
        resource for source in originals if source.name == DEFAULT_SOURCE for resource in source.resources.values()
    ]
    prepared = [source for source in originals if source.name != DEFAULT_SOURCE]
    if loose:
        # without a section: each resource keeps that of its file, where dlt looks up its settings
        merged = DltSource(Schema(DEFAULT_SOURCE), "", loose)
        if parallel and len(loose) > 1:
            for resource in merged.resources.values():
                run_parallel(resource)
        prepared.insert(0, merged)
    return [_with_checks(source, folder) for source in prepared]


def source_files(sources: Iterable[DltSource], folder: Path) -> dict[str, Path]:
    """By resource, the file in which it is defined; for one of a library, the file of its source's function."""
    found = {
        name: resource_file(item, folder) or _file_of_section(source, folder)
        for source in sources
        for name, item in source.resources.items()
    }
    return {name: file for name, file in found.items() if file is not None}


def _file_of_section(source: DltSource, folder: Path) -> Path | None:
    """dlt names the section of a source by the module of its function."""
    path = folder / f"{source.section}.py"
    return path if source.section and path.is_file() else None


def can_rerun(sources: Iterable[DltSource]) -> bool:
    """Whether all can run again: a generator or iterator created beforehand would silently resume where it stopped."""
    return not any(
        isinstance(generator_of(item), Iterator) for source in sources for item in source.resources.extracted
    )


def _with_checks(source: DltSource, folder: Path) -> DltSource:
    if not source.schema_contract:
        source.schema_contract = CONTRACT
    for resource in source.resources.extracted:
        file = resource_file(resource, folder)
        collisions = RejectColumnCollisions(source.schema.naming, resource.name, file)
        resource.add_map(collisions)
        resource.add_map(FitNumbers(_hints(resource, source.schema.naming), collisions.column, resource.name, file))
    return source


def _hints(resource: DltResource, naming: NamingConvention) -> dict[str, Any]:
    """The columns that the resource declares, by name as dlt writes it; none if they depend on the row."""
    columns = resource.columns
    if not isinstance(columns, Mapping):
        return {}
    return {naming.normalize_path(str(name)): hint for name, hint in columns.items() if isinstance(hint, Mapping)}


def local_patterns(sources: Iterable[DltSource]) -> dict[str, list[str]]:
    """By resource: the absolute globs of the local folders that it reads, as dlt recorded them while it ran.

    A resource that reads anything else too is left out: whether that changed cannot be known beforehand.
    """
    found: dict[str, list[str]] = {}
    for source in sources:
        recorded = {id(pipe_of(item)): item.inputs for item in source.resources.extracted}
        for resource in source.resources.selected.values():
            inputs = recorded.get(id(head_of(resource)), [])
            patterns = [pattern for pattern in map(_pattern, inputs) if pattern]
            if patterns and len(patterns) == len(inputs):
                found[resource.name] = patterns
    return found


def _pattern(location: dict[str, str]) -> str | None:
    url = urlsplit(location.get("location", ""))
    if location.get("kind") != "filesystem" or url.scheme != "file":
        return None
    return str(Path(unquote(url.path)) / location.get("glob", "*"))


_Path = tuple[str, ...]


class RejectColumnCollisions:
    """A step for a resource: returns every item; SourceError at two columns with one name after normalization, and at
    an Arrow column that cannot be stored.

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
            reject_unstorable(item, self.table, self.file)
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
            column = self.column(path)
            if column in names:
                first, hint = names[column], "rename one of them in the pipeline"
                what = f"become one: {'.'.join(first)!r} and {'.'.join(path)!r}"
                if first == path:  # in Arrow, from a CSV file with a repeated header
                    what, hint = f"are called {'.'.join(path)!r}", "rename one of them in the file or in the pipeline"
                raise SourceError(f"two columns of {self.table} {what}", file=self.file, hint=hint)
            names[column] = path

    def column(self, path: _Path) -> str:
        """The name of the column into which dlt puts the value at a path of keys."""
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
