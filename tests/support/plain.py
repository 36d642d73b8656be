"""Plain dbt and plain dlt, as people run them without sbdk: what they leave in a database is the right value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from support import preload
from support.shops import Answer, command_environment

PIPELINE = """
import importlib.util, sys
import dlt

spec = importlib.util.spec_from_file_location("pipe", {file!r})
module = sys.modules["pipe"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
pipeline = dlt.pipeline("plain", destination=dlt.destinations.duckdb({database!r}), dataset_name="raw",
                        pipelines_dir={work!r})
pipeline.run([getattr(module, name) for name in {resources!r}])
"""


def dbt(project: Path, database: Path, *arguments: str, **environment: str) -> Answer:
    """`dbt ARGUMENTS` on the dbt project, with its tables in the file `database`."""
    given = {
        "SBDK_DATABASE": str(database),
        "DBT_PROFILES_DIR": str(project),
        "DBT_TARGET_PATH": str(database.parent / "target"),
        "DBT_LOG_PATH": str(database.parent / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        **environment,
    }
    return _run("dbt", arguments, project, given)


def dlt(file: Path, database: Path, *resources: str) -> Answer:
    """Load resources of a pipeline file with dlt alone, into the schema raw."""
    work = database.parent / "dlt"
    script = database.parent / "load.py"
    values = {"file": str(file), "database": str(database), "work": str(work), "resources": resources}
    script.write_text(PIPELINE.format(**values))
    folders = {"DLT_DATA_DIR": str(work), "DLT_PROJECT_DIR": str(database.parent), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    return _run("python", [str(script)], file.parent.parent, folders)


def _run(program: str, arguments: tuple[str, ...] | list[str], folder: Path, given: dict[str, str]) -> Answer:
    environment = command_environment(**given)
    plain = {name: value for name, value in environment.items() if not name.startswith("DLT_")}
    if preload.can_fork(plain):
        return Answer(*preload.run(arguments, folder, environment, timeout=240, program=program))
    command = ["-c", "from dbt.cli.main import cli; cli(prog_name='dbt')"] if program == "dbt" else []
    done = subprocess.run(
        [sys.executable, *command, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


def tables(database: Path, *, start: Path | None = None) -> dict[str, tuple[list[tuple[str, str]], list[str]]]:
    """By schema.name: columns with their types, and rows in order; without tables and columns of dlt's own.

    `start`: where relative paths in views start, the folder in which dbt ran.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        if start is not None:
            connection.execute("set file_search_path = ?", [str(start)])
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_schema <> '_sbdk'"
            " and not ends_with(table_schema, '_staging') and not starts_with(table_name, '_dlt') order by all"
        ).fetchall()
        return {f"{schema}.{name}": _content(connection, f'"{schema}"."{name}"') for schema, name in names}


def _content(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[list[tuple[str, str]], list[str]]:
    described = [(name, kind) for name, kind, *_ in connection.execute(f"describe {table}").fetchall()]
    columns = [(name, kind) for name, kind in described if not name.startswith("_dlt")]
    chosen = ", ".join(f'"{name}"' for name, _ in columns)
    return columns, [repr(row) for row in connection.execute(f"select {chosen} from {table} order by all").fetchall()]
