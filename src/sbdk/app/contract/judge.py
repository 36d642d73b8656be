"""`sbdk contract test`: published tables, or a file, judged by every clause of their contracts. Nothing is changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.app.contract.files import chosen_tables, contracts_in, find_contract, is_contract_file, open_data_file
from sbdk.app.contract.tables import PublishedTables, sql_name
from sbdk.contracts.document import Contract, TableContract, column_name
from sbdk.contracts.verdict import Judge, TableVerdict, absent
from sbdk.core.errors import UnknownName, UsageError, suggestion
from sbdk.core.sql import literal, quoted
from sbdk.targets.sessions import scratch

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.targets.base import Connection

SCALARS = ("string", "integer", "number", "boolean", "date", "time", "timestamp")


def judge_published(project: Project, name: str | None = None, *, show_pii: bool = False) -> list[TableVerdict]:
    """The verdicts on the tables of all contracts, or of one contract or table. UnknownName; ConfigError."""
    wanted = _wanted(name, project.root / "contracts")
    project.published()
    now = datetime.now(UTC).replace(tzinfo=None)
    verdicts = []
    with project.warehouse().reader() as connection:
        tables = PublishedTables(project, connection)
        parents = {each.name: sql_name(each) for each in tables.raw_tables}
        parents |= {each.full_name: sql_name(each) for each in tables.all}
        for contract in wanted:
            table = tables.find(contract.table)
            if table is None:
                verdicts.append(absent(contract))
                continue
            judge = Judge(connection, contract, sql_name(table), parents, now, show_pii=show_pii)
            verdicts.append(judge.verdict())
    return verdicts


def judge_file(path: Path, name: str | None, folder: Path | None, *, show_pii: bool = False) -> list[TableVerdict]:
    """The verdict on a data file by the contract of one table. UsageError if it is not clear which one."""
    contract = one_table(name, folder)
    now = datetime.now(UTC).replace(tzinfo=None)
    with scratch(files=True) as connection:
        view = _without_json(connection, open_data_file(connection, path, as_text=True), contract)
        return [Judge(connection, contract, view, {contract.table: view}, now, show_pii=show_pii).verdict()]


def _without_json(connection: Connection, view: str, contract: TableContract) -> str:
    """The file with values of mixed types, which DuckDB reads as JSON, as texts where the contract says a scalar."""
    scalar = {column_name(each) for each in contract.schema.properties or [] if each.logicalType in SCALARS}
    kinds = {str(row[0]): str(row[1]) for row in connection.rows(f"DESCRIBE {view}")}
    mixed = [name for name, kind in kinds.items() if kind == "JSON" and name in scalar]
    if not mixed:
        return view
    texts = ", ".join(f"({quoted(name)} ->> {literal('$')}) AS {quoted(name)}" for name in mixed)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW texts AS SELECT * REPLACE ({texts}) FROM {view}")  # noqa: S608
    return "temp.main.texts"


def one_table(name: str | None, folder: Path | None) -> TableContract:
    """The one table of a name, or of a contract that has no other. UnknownName, UsageError."""
    wanted = _wanted(name, folder)
    if len(wanted) != 1:
        known = ", ".join(each.table for each in wanted)
        raise UsageError("the contract of which table?", hint=f"name one of {known}")
    return wanted[0]


def _wanted(name: str | None, folder: Path | None) -> list[TableContract]:
    if name is not None and is_contract_file(name):
        return find_contract(name, None).tables
    contracts: list[Contract] = contracts_in(folder) if folder else []
    tables = chosen_tables(contracts, name)
    if not tables:
        known = {known for each in contracts for known in (each.name, *(table.table for table in each.tables))}
        raise UnknownName(f"no contract or table is called {name!r}", hint=suggestion(name or "", sorted(known)))
    return tables
