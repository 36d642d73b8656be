"""The data sets of a project as one, opened by name (shipped, or of an installed package) or by the path of a file."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.datasets.base import Dataset, Rates
from sbdk.spec.data_sets import data_sets
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import Dirt, DirtyTable, dirt_of
from sbdk.synth.dirt.source import Source
from sbdk.synth.table import Table, Tables


class Datasets:
    """Several data sets side by side, or one. `tables`: of all, by name, with their dirt.

    parts: the data sets by the name that they were opened under. A table that two of them have is a ConfigError.
    """

    def __init__(
        self, parts: Mapping[str, Dataset], anchor: datetime, *, tables: Iterable[Table] | None = None
    ) -> None:
        self.parts, self.anchor = dict(parts), anchor
        origin: dict[str, str] = {}
        for name, part in self.parts.items():
            for table in part.tables:
                if table in origin:
                    raise ConfigError(f"datasets: the table {table!r} is in both {origin[table]!r} and {name!r}")
                origin[table] = name
        self._origin = origin
        own = (table for part in self.parts.values() for table in part.tables.values())
        self.tables = Tables(own if tables is None else tables)

    @classmethod
    def of(cls, dataset: Dataset) -> Datasets:
        """One data set alone."""
        return cls({dataset.name: dataset}, dataset.anchor)

    def owner(self, table: str) -> Dataset:
        """The data set that a table is of, clean. UnknownName for a table that none has."""
        return self.parts[self._origin[self.tables[table].name]]

    def batches(self, table: str, *rows: int, **options: Any) -> Iterator[pa.RecordBatch]:
        """Rows of a table, as `Table.batches`: for notebooks, where a name is what one has."""
        return self.tables[table].batches(*rows, **options)

    def count(self, table: str, clock: datetime | None = None) -> int:
        """Rows of a table before the clock, as `Table.count`."""
        return self.tables[table].count(clock)

    if not TYPE_CHECKING:  # notebooks ask this way; the package asks a part that it knows

        def __getattr__(self, name: str) -> Any:
            """What the only data set of a project has beside its tables."""
            parts = vars(self).get("parts", {})
            if len(parts) != 1 or name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            (part,) = parts.values()
            return getattr(part, name)

    def default_rates(self) -> Rates:
        """The default dirt of the tables."""
        return {table: rates for part in self.parts.values() for table, rates in part.default_rates().items()}

    def source(self, table: str, dirt: Dirt) -> Source:
        """The records of a table as they happen under this dirt, before they are corrupted."""
        return self.owner(table).source(table, dirt)

    def with_dirt(self, seed: int, rates: Rates) -> Datasets:
        """The same with the dirt that a configuration asks for, but for tables that their data set emits as streams:
        their dirt is on the streams. ConfigError as in `dirt_of`."""
        chosen = {table: dict(defects) for table, defects in rates.items() if not self._is_stream(table)}
        dirty = {table for table, defects in chosen.items() if any(defects.values())}
        if not dirty:
            return self
        dirt_of(self, seed, rates)
        dirt = Dirt(seed, chosen)
        tables = [DirtyTable(self, name, dirt) if name in dirty else table for name, table in self.tables.items()]
        return Datasets(self.parts, self.anchor, tables=tables)

    def _is_stream(self, table: str) -> bool:
        return table in self.tables and self.owner(table).streams is not None


SUFFIXES = (".yml", ".yaml", ".json", ".py")


def open_dataset(name_or_path: str, settings: WorldSettings, root: Path) -> Dataset:
    """One data set. A path is relative to the project's `root` and stays inside of it.

    Raises UnknownName for a name that is not registered, ConfigError for a file that declares none. Generators in
    the project's `plugins/` must have been loaded before.
    """
    if Path(name_or_path).suffix not in SUFFIXES:
        return _named(name_or_path, settings)
    from sbdk.datasets.declared.dataset import DeclaredDataset, read_dataset

    path = (root / name_or_path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ConfigError(f"datasets: {name_or_path!r} is outside the project")
    return DeclaredDataset(read_dataset(path), settings, file=path)


def _named(name: str, settings: WorldSettings) -> Dataset:
    try:
        entry = data_sets.get(name)
    except UnknownName as error:
        raise UnknownName(error.message, hint=f"{error.hint}, or the path of a file {'|'.join(SUFFIXES)}") from None
    opens: Callable[[WorldSettings], Dataset] = pkgutil.resolve_name(entry.opens)
    return opens(settings)


def open_datasets(names: Sequence[str], settings: WorldSettings, root: Path) -> Datasets:
    """The tables of several data sets together. A table that two of them have is a ConfigError."""
    return Datasets({name: open_dataset(name, settings, root) for name in names}, settings.anchor)
