"""The differences between two builds: tables, columns, rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Columns = dict[str, str]
Status = Literal["added", "removed", "changed", "same"]


@dataclass(frozen=True)
class RowDiff:
    """Counts of rows.

    With a `key`, `changed` rows are in both builds with another value in some column, and `columns` counts them by
    column. Without one, a changed row counts as one removed and one added, and `changed` is None.
    """

    before: int
    after: int
    added: int
    removed: int
    changed: int | None = None
    key: tuple[str, ...] = ()
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether both builds hold the same rows, in any order."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True)
class TableDiff:
    """One table or view as schema.table. Column maps: name to type; `retyped`: name to (before, after)."""

    name: str
    kind: Literal["table", "view"]
    status: Status
    rows_before: int | None = None
    rows_after: int | None = None
    columns_added: Columns = field(default_factory=dict)
    columns_removed: Columns = field(default_factory=dict)
    retyped: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: RowDiff | None = None


@dataclass(frozen=True)
class Diff:
    """From the build `before` to the build `after` (run ids): every table, also those that are the same."""

    before: str
    after: str
    tables: list[TableDiff]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return all(table.status == "same" for table in self.tables)
