"""A session for grading: the truth registered on the connection, and temporary tables."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from sbdk.targets.base import Connection, Row

PREFIX = "__score_"


class ScoreSession:
    """A context in which `__score_truth_…` names the truth; it drops its temporary tables at the end."""

    def __init__(self, connection: Connection, truth: Mapping[str, pa.Table]) -> None:
        self._connection, self._truth = connection, truth
        self._created: list[str] = []
        self._zone = ""

    def __enter__(self) -> ScoreSession:
        self._zone = self.row("select current_setting('TimeZone')")[0]
        self._connection.execute("set TimeZone = 'UTC'")
        for name, table in self._truth.items():
            self._connection.register(truth(name), table)
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._created:
            self._connection.execute(f"drop table if exists temp.{name}")
        for name in self._truth:
            self._connection.unregister(truth(name))
        self._connection.execute("set TimeZone = ?", [self._zone])

    def create(self, name: str, sql: str) -> str:
        """Create a temporary table of this query; return its name in SQL."""
        full = f"{PREFIX}{name}"
        self._connection.execute(f"create or replace temp table {full} as {sql}")
        self._created.append(full)
        return full

    def row(self, sql: str) -> Row:
        """The only row of a query."""
        (row,) = self._connection.rows(sql)[:1]
        return row

    def rows(self, sql: str) -> list[Row]:
        return self._connection.rows(sql)

    def columns(self, relation: str) -> dict[str, str]:
        """Name → SQL type, of a truth relation; enumerations as VARCHAR."""
        described = self.rows(f"describe {relation}")
        return {row[0]: "VARCHAR" if row[1].startswith("ENUM") else row[1] for row in described}


def truth(name: str) -> str:
    """A truth table's name in SQL."""
    return f"{PREFIX}truth_{name}"
