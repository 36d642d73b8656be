"""The sources that `sbdk add` knows, the names it takes, and the URLs of databases."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Any

from sbdk.core.errors import MissingExtra, UnknownName, UsageError, suggestion

DRIVERS = {
    "postgres": ("postgresql", "psycopg"),
    "mysql": ("mysql", "pymysql"),
    "sqlite": ("sqlite", ""),
}
"""By source: SQLAlchemy's name of the database, and the driver that is used where the URL names none."""
TITLES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
SCHEMES = {"postgres": "postgresql", "mariadb": "mysql"}
SOURCES = (*DRIVERS, "sql", "rest", "files")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")
_SHADOWS = ("dlt", "sbdk", "pyarrow", "credentials", "database")


def check_source(source: str) -> str:
    """The source; UnknownName with the nearest one."""
    if source not in SOURCES:
        raise UnknownName(f"no source is called {source!r}", hint=suggestion(source, SOURCES))
    return source


def check_name(name: str) -> str:
    """The name of the source in this project, which becomes a file and a function of Python."""
    if _NAME.fullmatch(name) is None or keyword.iskeyword(name) or name in _SHADOWS:
        hint = "a letter a-z, then letters, digits or _, and no word of Python; for example shop"
        raise UsageError(f"{name!r} is no name for a source", hint=hint)
    return name


def secret_name(name: str, key: str = "credentials") -> str:
    """The variable in which dlt finds the secret `key` of the source."""
    return f"SOURCES__{name}__{key}".upper()


def database_url(source: str, text: str, root: Path) -> str:
    """The URL as SQLAlchemy reads it, with a driver that is installed with the extra `sql`; for SQLite a path will do.

    UsageError for what is none; its text does not repeat the URL, which may hold a password.
    """
    make_url = _sqlalchemy().make_url
    if source == "sqlite" and "://" not in text:
        text = f"sqlite:///{text}"
    try:
        url = make_url(text)
    except Exception:
        raise UsageError("--url is no URL of a database", hint=_example(source)) from None
    scheme, _, driver = url.drivername.partition("+")
    scheme = SCHEMES.get(scheme, scheme)
    wanted, default = DRIVERS.get(source, (scheme, dict(DRIVERS.values()).get(scheme, "")))
    if scheme != wanted:
        raise UsageError(f"--url is of {scheme}, not of {source}", hint=_example(source))
    driver = driver or default
    url = url.set(drivername=f"{scheme}+{driver}" if driver else scheme)
    if scheme == "sqlite":
        file = (root / (url.database or "")).resolve()
        if not url.database or not file.is_file():
            raise UsageError("there is no SQLite file of that name", file=file, hint=_example("sqlite"))
        url = url.set(database=str(file))
    return str(url.render_as_string(hide_password=False))


def _example(source: str) -> str:
    examples = {
        "mysql": "mysql://user:password@host:3306/database",
        "sqlite": "the path of a file, or sqlite:///path/to/file.db",
    }
    return f"for example {examples.get(source, 'postgresql://user:password@host:5432/database')}"


def _sqlalchemy() -> Any:
    try:
        import sqlalchemy
    except ImportError:
        raise missing_extra("SQLAlchemy", "sql") from None
    return sqlalchemy


def missing_extra(package: str, extra: str) -> MissingExtra:
    return MissingExtra(f"{package} is not installed", hint=f"pip install 'sbdk[{extra}]'")
