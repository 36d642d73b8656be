"""A blank project, and a PostgreSQL that the tests of one process share, each in a schema of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support import postgres
from support.shops import Shop, make


@dataclass(frozen=True)
class Database:
    """A schema of a server, and how to reach it."""

    url: str
    schema: str

    def run(self, *statements: str) -> None:
        """Run the statements, each committed by itself."""
        with self.open() as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.open() as connection:
            return connection.execute(sql).fetchall()

    def open(self, *, autocommit: bool = True) -> psycopg.Connection:
        path = f"-c search_path={self.schema}"
        return psycopg.connect(self.url, autocommit=autocommit, options=path)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if postgres.binaries() is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(postgres.MISSING)
    with postgres.running() as url:
        yield url


@pytest.fixture
def database(server: str, request: pytest.FixtureRequest) -> Database:
    found = Database(server, re.sub(r"\W", "_", request.node.name)[:50].lower())
    found.run(f"CREATE SCHEMA {found.schema}")
    return found


@pytest.fixture
def project(tmp_path: Path) -> Shop:
    return make(tmp_path, template="blank")
