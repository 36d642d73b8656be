"""Whatever the package imports, pyproject.toml declares."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import sbdk

PACKAGE = Path(sbdk.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text())["project"]
BY_DBT = PACKAGE / "transform" / "worker_process"  # runs where dbt is, and may import what dbt itself depends on


def imports(path: Path) -> Iterator[str]:
    """The top-level names of all that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def imported() -> dict[str, Path]:
    """Name → a file that imports it, of all that is neither ours nor the standard library's."""
    files = [path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(PACKAGE / "templates")]
    found = {name: path for path in files if not path.is_relative_to(BY_DBT) for name in imports(path)}
    return {name: path for name, path in found.items() if name != "sbdk" and name not in sys.stdlib_module_names}


def declared() -> set[str]:
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    return {normal(re.split(r"[\[<>=!~; ]", line)[0]) for line in lines}


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_everything_imported_is_declared() -> None:
    provided = packages_distributions()
    undeclared = {
        name: str(path)
        for name, path in imported().items()
        if not {normal(one) for one in provided.get(name, ())} & declared()
    }
    assert undeclared == {}


def test_nothing_is_declared_that_is_not_imported() -> None:
    provided = packages_distributions()
    used = {normal(one) for name in imported() for one in provided.get(name, ())}
    by_name = {"httptools", "uvloop"}  # uvicorn takes them by their names
    by_dbt = {"dbt-core", "dbt-duckdb"}
    by_examples = {"scikit-learn"}
    by_url = {
        "connectorx",
        "psycopg",
        "pymysql",
        "openpyxl",
        "s3fs",
    }  # in files of `sbdk add`
    assert declared() - used - by_name - by_dbt - by_examples - by_url == set()
