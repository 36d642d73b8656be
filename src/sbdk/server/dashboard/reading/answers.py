"""A query's result as texts for a page, and as a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sbdk.core.sql import literal, quoted
from sbdk.server.dashboard.showing import kind_of

CUT = 2_000
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
_COPY = {"csv": "FORMAT csv, HEADER", "json": "FORMAT json, ARRAY true", "parquet": "FORMAT parquet"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_RISKY = "'^[=+\\-@\\t\\r]'"


def texts(table: pa.Table) -> tuple[list[dict[str, str]], list[tuple[str | None, ...]]]:
    """Columns with name, type and kind; rows as texts that DuckDB makes of the values, cut, None for NULL."""
    if not table.num_columns:
        return [], []
    with duckdb.connect(":memory:") as connection:
        relation = connection.from_arrow(table)
        kinds = [str(kind) for kind in relation.types]
        columns = [
            {"name": name, "type": kind, "kind": kind_of(kind)}
            for name, kind in zip(relation.columns, kinds, strict=True)
        ]
        rows = relation.project(f"left(CAST(COLUMNS(*) AS VARCHAR), {CUT})").fetchall()
    return columns, rows


def write_file(table: pa.Table, form: str) -> Path:
    """A temporary file, the caller's to remove. In CSV a text that a spreadsheet would run gets a ' before it."""
    handle, name = tempfile.mkstemp(prefix="sbdk-export-", suffix=f".{form}")
    os.close(handle)
    path = Path(name)
    try:
        if form == "parquet":
            _write_parquet(table, path)
        else:
            with duckdb.connect(":memory:") as connection:
                relation = connection.from_arrow(table if table.num_columns else pa.table({"nothing": pa.nulls(0)}))
                selected = relation.project(_harmless(relation)) if form == "csv" else relation
                selected.create_view("answer")
                connection.execute(f"COPY (FROM answer) TO {literal(path)} ({_COPY[form]})")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path)


def _harmless(relation: Any) -> str:
    """Columns of text, and all names, so that none begins like a formula; numbers stay as they are."""
    parts = []
    for name, kind in zip(relation.columns, relation.types, strict=True):
        column = quoted(name)
        safe_name = quoted("'" + name if name.startswith(FORMULA) else name)
        if kind_of(str(kind)) in ("text", "nested"):
            text = f"CAST({column} AS VARCHAR)"
            column = f"CASE WHEN regexp_matches({text}, {_RISKY}) THEN '''' || {text} ELSE {text} END"
        parts.append(f"{column} AS {safe_name}")
    return ", ".join(parts)
