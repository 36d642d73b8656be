"""`sbdk contract infer` and `scan`: a contract, or the personal data, of what a table or a file holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.app.contract.files import data_name, open_data_file
from sbdk.app.contract.tables import PublishedTables, sql_name
from sbdk.contracts.document import column_name, parse_contract, read_contracts
from sbdk.contracts.inference import infer_contract
from sbdk.contracts.personal_data import find_personal_data
from sbdk.contracts.yaml_text import as_yaml
from sbdk.core.errors import UsageError
from sbdk.core.files import atomic_write
from sbdk.targets.base import ColumnInfo
from sbdk.targets.sessions import scratch

if TYPE_CHECKING:
    from sbdk.project import Project


@dataclass(frozen=True)
class Found:
    """Personal data in a column of a table. `classification`: what its contract says now; `proposed`: that it should
    be classified, and is not."""

    table: str
    column: str
    kind: str
    rows: int
    matches: int
    classification: str | None
    proposed: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def infer_from_file(path: Path) -> dict[str, Any]:
    """The contract of a data file, as a document. UsageError if it cannot be read."""
    with scratch(files=True) as connection:
        view = open_data_file(connection, path, as_text=False)
        columns = [ColumnInfo(str(row[0]), str(row[1])) for row in connection.rows(f"DESCRIBE {view}")]
        return _checked(infer_contract(connection, view, columns, data_name(path)))


def infer_from_table(project: Project, name: str) -> dict[str, Any]:
    """The contract of a published table, as a document. UnknownName; UsageError before a first run."""
    current = project.published()
    with project.warehouse().reader() as connection:
        tables = PublishedTables(project, connection)
        table = tables.get(name)
        keys = current.record.keys.get(table.name) or current.record.keys.get(table.full_name)
        given = tables.contract_name(table)
        key = keys.key if keys else ()
        parents = (
            {each.column: f"{each.parent.split('.')[-1]}.{each.parent_column}" for each in keys.foreign} if keys else {}
        )
        return _checked(infer_contract(connection, sql_name(table), list(table.columns), given, key, parents))


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document; it is one of the standard, or this raises."""
    parse_contract(document)
    return document


def write_new(path: Path, document: dict[str, Any]) -> None:
    """Write a contract to a file that is not there yet. UsageError if it is."""
    if path.exists():
        raise UsageError("the file is there already", file=path, hint="remove it first, or write to another one")
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, as_yaml(document))


def scan_tables(project: Project, name: str | None) -> list[Found]:
    """Personal data in a published table, or in all raw ones. UnknownName; UsageError before a first run."""
    project.published()
    classified = _classified(project)
    found: list[Found] = []
    with project.warehouse().reader() as connection:
        tables = PublishedTables(project, connection)
        for table in [tables.get(name)] if name else tables.raw_tables:
            given = tables.contract_name(table)
            columns = [each for each in table.columns if not each.name.startswith("_")]
            for each in find_personal_data(connection, sql_name(table), columns, given):
                known = classified.get((given, each.column))
                found.append(
                    Found(given, each.column, each.kind, each.rows, each.matches, known, each.proposed and not known)
                )
    return found


def _classified(project: Project) -> dict[tuple[str, str], str]:
    folder = project.root / "contracts"
    return {
        (table.table, column_name(column)): column.classification
        for contract in (read_contracts(folder) if folder.is_dir() else [])
        for table in contract.tables
        for column in table.schema.properties or []
        if column.classification
    }
