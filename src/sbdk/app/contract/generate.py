"""`sbdk contract generate`: files of rows that keep a contract, or break it clause by clause, with an answer key."""

from __future__ import annotations

from pathlib import Path

from sbdk.contracts.document import TableContract
from sbdk.contracts.generation import GeneratedRows, generate_rows
from sbdk.contracts.records import as_json
from sbdk.core.errors import UsageError
from sbdk.core.files import atomic_write
from sbdk.targets.sessions import scratch


def generate_files(
    table: TableContract, count: int, folder: Path, *, violating: bool
) -> tuple[GeneratedRows, list[Path]]:
    """Write TABLE.jsonl and, if `violating`, TABLE.key.json, which must not be there yet. UsageError."""
    data, key = folder / f"{table.table}.jsonl", folder / f"{table.table}.key.json"
    written = [data, *([key] if violating else [])]
    for path in written:
        if path.exists():
            raise UsageError("the file is there already", file=path, hint="remove it first, or write to another folder")
    with scratch() as connection:
        made = generate_rows(connection, table, count, violating=violating)
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(data, "".join(as_json(row) + "\n" for row in made.rows))
    if violating:
        atomic_write(key, as_json(made.key(table)) + "\n")
    return made, written
