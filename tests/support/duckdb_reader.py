"""Exports of TinyWorld read by DuckDB: another engine's opinion of what is in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

COLUMNS = {
    "id": "BIGINT",
    "small": "INTEGER",
    "ratio": "DOUBLE",
    "amount": "DECIMAL(12,2)",
    "flag": "BOOLEAN",
    "at": "TIMESTAMP",
    "day": "DATE",
    "text": "VARCHAR",
    "colour": "VARCHAR",
    "mail": "VARCHAR",
}
READ = {
    "parquet": "read_parquet({file!r})",
    "csv": "read_csv({file!r}, columns = {columns}, header = true, allow_quoted_nulls = false)",
    "jsonl": "read_json({file!r}, columns = {columns}, format = 'newline_delimited')",
}


def by_duckdb(file: Path, format: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        source = READ[format].format(file=str(file), columns=COLUMNS)
        return connection.sql(f"select * from {source} order by id").to_arrow_table().to_pylist()
