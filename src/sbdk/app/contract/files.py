"""Contracts by name, and data files as tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.contracts.document import Contract, TableContract, read_contract, read_contracts
from sbdk.core.errors import QueryError, UnknownName, UsageError, suggestion
from sbdk.core.sql import literal

if TYPE_CHECKING:
    from sbdk.targets.base import Connection

_READERS = {
    ".csv": "read_csv({}, header = true{})",
    ".tsv": "read_csv({}, header = true{})",
    ".json": "read_json({}, sample_size = -1)",
    ".jsonl": "read_json({}, format = 'newline_delimited', sample_size = -1)",
    ".ndjson": "read_json({}, format = 'newline_delimited', sample_size = -1)",
    ".parquet": "read_parquet({})",
}
DATA_VIEW = "temp.main.data"


def contracts_in(folder: Path) -> list[Contract]:
    """The contracts of a project; UsageError where it has none."""
    contracts = read_contracts(folder) if folder.is_dir() else []
    if not contracts:
        hint = "make one: sbdk contract infer TABLE --out contracts/TABLE.yaml"
        raise UsageError(f"there is no contract in {folder.name}/", hint=hint)
    return contracts


def is_contract_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def find_contract(name: str, folder: Path | None) -> Contract:
    """A contract by the path of its file, its own name, its file's or a table's. UnknownName."""
    if is_contract_file(name):
        if not Path(name).is_file():
            raise UsageError(f"there is no file {name}")
        return read_contract(Path(name))
    contracts = contracts_in(folder) if folder else []
    by_name = {known: each for each in reversed(contracts) for known in _names(each)}
    if name not in by_name:
        hint = suggestion(name, by_name, shown=sorted({each.name for each in contracts}))
        raise UnknownName(f"no contract is called {name!r}", hint=hint)
    return by_name[name]


def _names(contract: Contract) -> list[str]:
    stem = [contract.file.stem] if contract.file else []
    return [contract.name, *stem, *(table.table for table in contract.tables)]


def chosen_tables(contracts: Iterable[Contract], name: str | None) -> list[TableContract]:
    """All tables, or those of a contract or table of this name."""
    tables = [table for each in contracts for table in each.tables]
    if name is None:
        return tables
    own = [each for each in tables if name in (each.table, each.table.split(".")[-1], f"raw.{each.table}")]
    return own or [each for each in tables if name in _names(each.contract)]


def open_data_file(connection: Connection, path: Path, *, as_text: bool) -> str:
    """Make a file readable as a view, whose name in SQL it returns. `as_text`: leave the values of CSV texts.

    UsageError for a file that is not there, is of no known kind or cannot be read as what its name says.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    if not path.stat().st_size:
        raise UsageError(f"{path}: the file is empty")
    suffixes = [each.lower() for each in path.suffixes if each.lower() not in (".gz", ".zst")]
    reader = _READERS.get(suffixes[-1] if suffixes else "")
    if reader is None:
        raise UsageError(f"{path}: no kind of data that is known", hint=f"known: {', '.join(_READERS)}, also with .gz")
    options = ", all_varchar = true" if as_text else ", sample_size = -1"
    source = reader.format(literal(path), options)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW data AS SELECT * FROM {source}")  # noqa: S608
        connection.value(f"SELECT count(*) FROM {DATA_VIEW}")  # noqa: S608
    except QueryError as error:
        raise UsageError(f"{path}: {error.message.splitlines()[0]}") from None
    return DATA_VIEW


def data_name(path: Path) -> str:
    """The name of a file without its endings, as a table's."""
    name = path.name
    for suffix in reversed(path.suffixes):
        if suffix.lower() in (*_READERS, ".gz", ".zst"):
            name = name.removesuffix(suffix)
    return name.lower().replace("-", "_").replace(" ", "_")
