"""Only the room of the targets knows which database holds the warehouse."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import sbdk

SOURCE = Path(sbdk.__file__).parent
TARGETS = SOURCE / "targets"

IMPORTERS = {
    "cdc/changes.py": "works on a user's DuckDB connection, or in an engine of its own: public API",
    "cdc/feed.py": "works on a user's DuckDB connection: public API",
    "cdc/declaration.py": "works on a user's DuckDB connection: public API",
    "cdc/snapshots.py": "works on a user's DuckDB connection: public API",
    "contracts/clause_engine.py": "validates batches with an engine of its own",
    "ingest/records.py": "reads JSON lines with an engine in memory",
    "export/duckdb.py": "reads a .duckdb file that was exported",
    "transform/worker_process/main.py": "dbt's process, perhaps in another environment",
    "transform/worker_process/statements.py": "dbt's process, perhaps in another environment",
    "transform/worker_process/warmup.py": "dbt's process, perhaps in another environment",
}
"""Modules that import DuckDB for their own sake."""

CATALOGUE = re.compile(
    r"\bduckdb_(tables|columns|views|schemas|constraints|databases|indexes|keywords)\s*\(|\binformation_schema\b"
    r"|\bpragma\s+(table_info|show_tables)|\bshow\s+(all\s+)?tables\b|\bsqlite_master\b",
    re.IGNORECASE,
)
ASKERS = {
    "export/duckdb.py": "reads a .duckdb file that was exported",
    "transform/worker_process/sql_reads.py": "recognizes statements that ask for tables",
    "transform/worker_process/statements.py": "dbt's process asks what views and macros read",
    "transform/worker_process/warmup.py": "dbt's process warms an engine of its own",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Everything of the package but the targets, the templates (users' files) and what lies there for other tools."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if TARGETS not in path.parents and not name.startswith(("templates/", "vendored/")):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Names of imported modules; of `from sbdk.targets.duckdb import x`, the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def texts(tree: ast.Module) -> Iterator[str]:
    """String constants that are no docstrings, the parts of f-strings among them."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_duckdb_is_imported_for_the_warehouse_in_the_targets_alone():
    found = {name for name, tree in modules() if any(part.split(".")[0] == "duckdb" for part in imported(tree))}
    assert found == set(IMPORTERS)


def test_no_room_imports_a_target_by_name():
    found = {name for name, tree in modules() if any(part.startswith("sbdk.targets.duckdb") for part in imported(tree))}
    assert found == set()


def test_questions_about_the_catalogue_go_through_the_interface():
    found = {name for name, tree in modules() if any(CATALOGUE.search(text) for text in texts(tree))}
    assert found == set(ASKERS)
