"""The check, before a build is published, that every view in it can be read.

DuckDB binds a view when it is used, not when it is created, so dbt may report success on one that is broken.
"""

from __future__ import annotations

import duckdb

from sbdk.core.errors import TransformError
from sbdk.core.events import Emit, Warned
from sbdk.core.sql import quoted
from sbdk.targets.duckdb.build import DuckDBBuild
from sbdk.targets.duckdb.readonly import attach

_VIEWS = "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND database_name = ? ORDER BY ALL"
_ALIAS = "sbdk_probe"


def check_views(build: DuckDBBuild, emit: Emit) -> None:
    """DESCRIBE every view under another catalogue name; those that fail, under the build's own.

    Raises TransformError for a view that cannot be read at all. One that only works under the file's own name (it
    stores that name: PIVOT and a few others do) is a warning: it breaks when somebody renames or attaches the file.
    """
    for name, error in _broken_views(build).items():
        if error is None:
            emit(Warned("publish", f"the view {name} works only while the file is called {build.path.name}"))
            continue
        hint = "fix the model, drop the view, or start afresh with `sbdk dev --full-refresh`"
        raise TransformError(f"the view {name} cannot be read: {error}", hint=hint)


def _broken_views(build: DuckDBBuild) -> dict[str, str | None]:
    """Views that fail under another catalogue name, with DuckDB's error under their own name (None: they work)."""
    probe = duckdb.connect(":memory:")
    try:
        attach(probe, build.path, _ALIAS)
        views = probe.execute(_VIEWS, [_ALIAS]).fetchall()
        suspects = [view for view in views if _describe(probe, _ALIAS, *view)]
    finally:
        probe.close()
    if not suspects:
        return {}
    with build.connect() as own:
        return {f"{schema}.{name}": _describe(own.raw, None, schema, name) for schema, name in suspects}


def _describe(connection: duckdb.DuckDBPyConnection, catalogue: str | None, schema: str, view: str) -> str | None:
    parts = [catalogue, schema, view] if catalogue else [schema, view]
    try:
        connection.execute("DESCRIBE " + ".".join(quoted(part) for part in parts)).fetchall()
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    return None
