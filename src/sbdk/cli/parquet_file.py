"""A query's answer as one Parquet file, there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sbdk.core.errors import DiskTrouble, QueryError, UsageError
from sbdk.core.files import drafted

ROW_GROUP = 122_880


def write_parquet(table: pa.Table, path: Path) -> None:
    """QueryError for what Parquet cannot hold; DiskTrouble."""
    if table.num_columns == 0:
        raise QueryError("the statement has no columns to write")
    _refuse_doubles(table.column_names)
    try:
        with drafted(path) as draft, draft.open("wb") as file:
            pq.write_table(table, file, row_group_size=ROW_GROUP, compression="zstd")
    except pa.ArrowNotImplementedError as error:
        raise QueryError(f"Parquet cannot hold a column: {error}", hint="cast it, say to varchar") from error
    except OSError as error:
        raise DiskTrouble(f"the file cannot be written: {error.strerror or error}", file=path) from error


def check_place(path: Path) -> Path:
    """The path itself, if a file can be there; asked before the query runs."""
    if path.is_dir():
        raise UsageError("this is a folder", file=path, hint=f"name the file, for example {path / 'features.parquet'}")
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", file=path.parent, hint=f"mkdir -p {path.parent}")
    return path


def _refuse_doubles(names: list[str]) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise QueryError(f"two columns are called {doubled[0]}", hint="give each its own name with `as`")
