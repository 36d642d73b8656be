"""The result of a query as texts for a page, and as a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pyarrow as pa

from sbdk.core.sql import literal, quoted
from sbdk.server.dashboard.filters import type_kind
from sbdk.targets.base import ColumnInfo
from sbdk.targets.sessions import scratch

CUT = 2_000
"""Characters of a cell."""
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
_COPY = {"csv": "FORMAT csv, HEADER", "json": "FORMAT json, ARRAY true", "parquet": "FORMAT parquet"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_RISKY = "'^[=+\\-@\\t\\r]'"


def texts(table: pa.Table) -> tuple[list[dict[str, str]], list[tuple[str | None, ...]]]:
    """(columns with name, type and kind; rows as texts by DuckDB's casts, cut, None for NULL)."""
    if not table.num_columns:
        return [], []
    with scratch() as connection:
        connection.register("answer", table)
        columns = [
            {"name": column.name, "type": column.type, "kind": type_kind(column.type)}
            for column in connection.columns("answer")
        ]
        rows = connection.rows(f"SELECT left(CAST(COLUMNS(*) AS VARCHAR), {CUT}) FROM answer")  # noqa: S608
    return columns, rows


def write_file(table: pa.Table, form: str) -> Path:
    """Write a temporary file, which the caller removes. In CSV a text that a spreadsheet would run gets a leading '."""
    handle, name = tempfile.mkstemp(prefix="sbdk-export-", suffix=f".{form}")
    os.close(handle)
    path = Path(name)
    try:
        if form == "parquet":
            _write_parquet(table, path)
        else:
            with scratch(files=True) as connection:
                connection.register("answer", table if table.num_columns else pa.table({"nothing": pa.nulls(0)}))
                selected = _without_formulas(connection.columns("answer")) if form == "csv" else "*"
                copied = f"SELECT {selected} FROM answer"  # noqa: S608
                connection.execute(f"COPY ({copied}) TO {literal(path)} ({_COPY[form]})")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path)


def _without_formulas(columns: list[ColumnInfo]) -> str:
    """A select list in which no text and no column name begins like a formula; numbers stay as they are."""
    parts = []
    for name, kind in ((column.name, column.type) for column in columns):
        column = quoted(name)
        safe_name = quoted("'" + name if name.startswith(FORMULA) else name)
        if type_kind(kind) in ("text", "nested"):
            text = f"CAST({column} AS VARCHAR)"
            column = f"CASE WHEN regexp_matches({text}, {_RISKY}) THEN '''' || {text} ELSE {text} END"
        parts.append(f"{column} AS {safe_name}")
    return ", ".join(parts)
