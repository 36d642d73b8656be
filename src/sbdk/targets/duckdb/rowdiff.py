"""The rows of one table in two builds: by key where there is one, else as bags of rows."""
# ruff: noqa: S608 - the only things put into the SQL here are quoted identifiers

from __future__ import annotations

from dataclasses import dataclass, field

from sbdk.core.sql import quoted
from sbdk.targets.duckdb.connection import Connection


@dataclass(frozen=True)
class Rows:
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
        """Whether both builds hold the same rows, in whatever order."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True)
class Pair:
    """A table in two builds (names quoted), the `columns` both have, and those of them whose type differs."""

    old: str
    new: str
    columns: list[str]
    retyped: frozenset[str] = frozenset()

    def cell(self, column: str) -> str:
        """The column as SQL; of two types, as text: a cast from one to the other may fail."""
        return f"CAST({quoted(column)} AS VARCHAR)" if column in self.retyped else quoted(column)


def count_rows(connection: Connection, table: str) -> int:
    """Rows of a table, whose name is quoted already."""
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def compare_rows(connection: Connection, pair: Pair, key: tuple[str, ...] | None) -> Rows:
    """Compare on the columns both have. Values compare as by IS DISTINCT FROM: NULL equals NULL, NaN equals NaN."""
    counts = count_rows(connection, pair.old), count_rows(connection, pair.new)
    if not pair.columns:
        return Rows(*counts, added=counts[1], removed=counts[0])
    candidate = key or _primary_key(connection, pair.new) or (pair.columns[0],)
    if all(_is_key(connection, table, candidate, pair) for table in (pair.old, pair.new)):
        return _by_key(connection, pair, candidate, counts)
    return _as_bags(connection, pair, counts)


def _primary_key(connection: Connection, table: str) -> tuple[str, ...] | None:
    query = """SELECT constraint_column_names, database_name, schema_name, table_name FROM duckdb_constraints()
               WHERE constraint_type = 'PRIMARY KEY'"""
    for columns, catalogue, schema, name in connection.execute(query).fetchall():
        if f"{catalogue}.{quoted(schema)}.{quoted(name)}" == table:
            return tuple(columns)
    return None


def _is_key(connection: Connection, table: str, key: tuple[str, ...], pair: Pair) -> bool:
    """Whether the columns are there, never null and never twice the same."""
    if not set(key) <= set(pair.columns):
        return False
    names = ", ".join(pair.cell(column) for column in key)
    nulls = " OR ".join(f"{quoted(column)} IS NULL" for column in key)
    query = f"""SELECT count(*) FILTER (WHERE {nulls}) = 0 AND count(*) = (SELECT count(*) FROM
                (SELECT DISTINCT {names} FROM {table})) FROM {table}"""
    return bool(connection.execute(query).fetchall()[0][0])


def _by_key(connection: Connection, pair: Pair, key: tuple[str, ...], counts: tuple[int, int]) -> Rows:
    values = [column for column in pair.columns if column not in key]
    # Columns get names of ours (k0, v0, …): those of the user may collide with anything.
    names = [f"{pair.cell(column)} AS k{i}" for i, column in enumerate(key)]
    names += [f"{pair.cell(column)} AS v{i}" for i, column in enumerate(values)]
    side = f"SELECT {', '.join(names)}, true AS here FROM "
    join = " AND ".join(f"x.k{i} = y.k{i}" for i in range(len(key)))
    differs = [f"(x.here AND y.here AND x.v{i} IS DISTINCT FROM y.v{i})" for i in range(len(values))]
    counted = ["y.here AND x.here IS NULL", "x.here AND y.here IS NULL", " OR ".join(differs) or "false", *differs]
    query = f"""SELECT {", ".join(f"count(*) FILTER (WHERE {what})" for what in counted)}
                FROM ({side}{pair.old}) x FULL JOIN ({side}{pair.new}) y ON {join}"""
    added, removed, changed, *each = connection.execute(query).fetchall()[0]
    by_column = {column: number for column, number in zip(values, each, strict=True) if number}
    return Rows(*counts, added=added, removed=removed, changed=changed, key=key, columns=by_column)


def _as_bags(connection: Connection, pair: Pair, counts: tuple[int, int]) -> Rows:
    names = ", ".join(pair.cell(column) for column in pair.columns)

    def only(here: str, there: str) -> int:
        return count_rows(connection, f"(SELECT {names} FROM {here} EXCEPT ALL SELECT {names} FROM {there})")

    return Rows(*counts, added=only(pair.new, pair.old), removed=only(pair.old, pair.new))
