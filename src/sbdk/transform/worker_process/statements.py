"""What each node of a build reads, from the statements that dbt executed for it and the code that it compiled."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable
from typing import Any

import duckdb

from .compat import attached_databases, record_compilation, record_statements, record_variables
from .sql_reads import Reads, add_jinja, add_python, add_sql

HOOKS = "hooks"
"""The id under which the statements before and after all nodes are kept: the hooks of the project."""
_MASTER = "master"  # dbt's connection for them
_OWN_PACKAGES = ("dbt", "dbt_duckdb")
_EXECUTED = ("model", "snapshot", "seed", "test", "function")


class StatementLog:
    """The statements of the present build, by node, and the environment variables that dbt has read."""

    def __init__(self) -> None:
        self._statements: dict[str, list[tuple[str, bool]]] = {}
        self._lock = threading.Lock()
        self.variables: set[str] = set()

    def install(self) -> None:
        """Have dbt report to this log, until this process ends."""
        compiling = record_compilation()
        record_statements(lambda node, sql: self._add(node, sql, compiling()))
        record_variables(self.variables.add)

    def clear(self) -> None:
        with self._lock:
            self._statements.clear()

    def _add(self, node: str, sql: str, compiling: bool) -> None:
        with self._lock:
            self._statements.setdefault(HOOKS if node == _MASTER else node, []).append((sql, compiling))

    def reads(self, manifest: Any, results: Iterable[Any], database: str) -> dict[str, dict[str, Any]]:
        """By node that was built, and by view or macro that no node made: `Reads` as plain data."""
        folder = os.getcwd()
        found = {item.node.unique_id: self._of_node(item.node, manifest, folder) for item in results if _runs(item)}
        found[HOOKS] = self._of_statements(HOOKS, folder)
        own = {(node.schema, getattr(node, "alias", "")) for node in manifest.nodes.values()}
        names, definitions = _catalog(database)
        for schema, name, sql in definitions:
            if (schema, name) not in own:
                add_sql(found.setdefault(f"sql.{name.lower()}", Reads()), sql, folder, decides=True)
        for reads in found.values():
            _add_attached(reads)
        return {node: reads.as_dict(names) for node, reads in found.items()}

    def _of_node(self, node: Any, manifest: Any, folder: str) -> Reads:
        reads = self._of_statements(node.unique_id, folder)
        compiled = getattr(node, "compiled_code", None) or ""
        if getattr(node, "language", "sql") == "python":
            add_python(reads, compiled, folder)
        else:
            add_sql(reads, compiled, folder, decides=True)
        add_jinja(reads, template_text(node, manifest))
        reads.unknown |= any(
            _from_plugin(manifest.sources.get(parent)) for parent in getattr(node.depends_on, "nodes", ())
        )
        return reads

    def _of_statements(self, node: str, folder: str) -> Reads:
        reads = Reads()
        with self._lock:
            statements = list(self._statements.get(node, ()))
        for sql, compiling in statements:
            add_sql(reads, sql, folder, decides=compiling)
        return reads


def template_text(node: Any, manifest: Any) -> str:
    """The node's template, with those of the macros that it calls, directly or indirectly, without dbt's own.

    Macros that only its hooks call are left out.
    """
    raw = getattr(node, "raw_code", None) or ""
    found: dict[str, str] = {}
    queue = [name for name in node.depends_on.macros if re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", raw)]
    while queue:
        macro = manifest.macros.get(name := queue.pop())
        if macro is None or name in found or macro.package_name in _OWN_PACKAGES:
            continue
        found[name] = macro.macro_sql
        queue += macro.depends_on.macros
    return "\n".join([raw, *found.values()])


def _runs(item: Any) -> bool:
    return str(item.node.resource_type) in _EXECUTED and str(item.status) not in ("skipped", "error")


def _from_plugin(source: Any) -> bool:
    """Whether a plugin of dbt-duckdb loads the source: nothing tells whether its rows have changed."""
    return source is not None and ("plugin" in (source.meta or {}) or "plugin" in (source.source_meta or {}))


def _add_attached(reads: Reads) -> None:
    """What names another database that the profile attaches reads its file; one that is no file may change unseen."""
    for alias, path in attached_databases():
        if alias.lower() not in reads.words:
            continue
        if os.path.isfile(path):
            reads.patterns |= {path, f"{path}.wal"}
        else:
            reads.unknown = True


def _catalog(database: str) -> tuple[set[str], list[tuple[str, str, str]]]:
    """The names of all tables, views and macros, in small letters, and the SQL of views and macros."""
    if not os.path.exists(database):
        return set(), []
    with duckdb.connect(database, read_only=True) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where not internal and database_name = current_database()"
        ).fetchall()
        definitions = connection.execute(
            "select schema_name, view_name, sql from duckdb_views() where not internal"
            " and database_name = current_database() union all"
            " select schema_name, function_name, macro_definition from duckdb_functions()"
            " where not internal and macro_definition is not null and database_name = current_database()"
        ).fetchall()
    return {str(name).lower() for name, *_ in [*tables, *[(name,) for _, name, _ in definitions]]}, definitions


def existing_relations(database: str) -> set[tuple[str, str]]:
    """Schema and name of every table and view of the file, in small letters; none if there is no file."""
    if not os.path.exists(database):
        return set()
    with duckdb.connect(database, read_only=True) as connection:
        rows = connection.execute(
            "select lower(schema_name), lower(table_name) from duckdb_tables() union"
            " select lower(schema_name), lower(view_name) from duckdb_views()"
        ).fetchall()
    return {(str(schema), str(name)) for schema, name in rows}
