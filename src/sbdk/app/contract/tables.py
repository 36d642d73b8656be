"""Published tables by the names that people and contracts give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.core.errors import UnknownName, UsageError, suggestion
from sbdk.core.sql import qualified

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.targets.base import Connection, TableInfo

_HIDDEN = ("_sbdk", "quarantine")


class PublishedTables:
    """The tables of the published build: `schema.table`, or the name alone, in the raw schema or in one other."""

    def __init__(self, project: Project, connection: Connection) -> None:
        self.raw = project.loaded.config.dlt.dataset_name
        self.all = [
            each
            for each in connection.tables()
            if each.schema not in _HIDDEN and not each.schema.endswith("_staging") and not each.name.startswith("_dlt")
        ]

    def find(self, name: str) -> TableInfo | None:
        """None if there is none of that name; UsageError if several schemas have one, the raw one not among them."""
        named = [each for each in self.all if each.full_name == name]
        named = named or [each for each in self.all if each.name == name]
        raw = [each for each in named if each.schema == self.raw]
        if len(named) > 1 and not raw:
            choice = " or ".join(each.full_name for each in named)
            raise UsageError(f"{name} is in several schemas", hint=f"write {choice}")
        return next(iter(raw or named), None)

    def get(self, name: str) -> TableInfo:
        """The same; UnknownName if there is none."""
        found = self.find(name)
        if found is None:
            known = [each.full_name for each in self.all] + [each.name for each in self.all]
            shown = [each.name if each.schema == self.raw else each.full_name for each in self.all]
            raise UnknownName(f"no published table is called {name!r}", hint=suggestion(name, known, shown=shown))
        return found

    @property
    def raw_tables(self) -> list[TableInfo]:
        return [each for each in self.all if each.schema == self.raw]

    def contract_name(self, table: TableInfo) -> str:
        """The name of a table in a contract: with its schema, unless that is the raw one."""
        return table.name if table.schema == self.raw else table.full_name


def sql_name(table: TableInfo) -> str:
    return qualified(table.schema, table.name)
