"""The result of a query as texts for a page, and as a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pyarrow as pa

from sbdk.app.results import write_csv, write_json
from sbdk.server.dashboard.filters import type_kind
from sbdk.targets.values import for_parquet, sql_types, texts_of

CUT = 2_000
"""Characters of a cell."""
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}


def texts(table: pa.Table) -> tuple[list[dict[str, str]], list[tuple[str | None, ...]]]:
    """(columns with name, type and kind; rows as texts by DuckDB's casts, cut, None for NULL)."""
    columns = [
        {"name": name, "type": kind, "kind": type_kind(kind)}
        for name, kind in zip(table.column_names, sql_types(table), strict=True)
    ]
    return columns, list(texts_of(table, cut=CUT))


def write_file(table: pa.Table, form: str) -> Path:
    """Write a temporary file, which the caller removes: the bytes that `sbdk query --format` prints."""
    handle, name = tempfile.mkstemp(prefix="sbdk-export-", suffix=f".{form}")
    os.close(handle)
    path = Path(name)
    try:
        if form == "parquet":
            _write_parquet(table, path)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                write_json(table, file) if form == "json" else write_csv(table, file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(for_parquet(table), path)
