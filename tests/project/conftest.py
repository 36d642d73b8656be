"""Whole projects, driven through the command line as a user drives them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

SMALL = {"users": 200, "events": 1_500, "orders": 400}


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> Any:
        """Standard output as JSON; it must be one object and nothing else."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shop:
    """A project folder."""

    path: Path

    def sbdk(self, *arguments: str, **environment: str) -> Answer:
        """Run a command in the project."""
        return sbdk(*arguments, cwd=self.path, **environment)

    def dev(self, *options: str, **environment: str) -> dict[str, Any]:
        """`sbdk dev --json`, which must succeed or be up to date."""
        answer = self.sbdk("dev", "--json", *options, **environment)
        assert answer.code == 0, answer
        told: dict[str, Any] = answer.object
        return told

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the published file directly, with DuckDB alone."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def published(self) -> Path:
        return self.path / "data" / "dev.duckdb"

    def configure(self, **keys: Any) -> None:
        """Change keys of sbdk_config.json."""
        file = self.path / "sbdk_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **keys}))

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


def command_environment(**extra: str) -> dict[str, str]:
    """The environment without settings of sbdk that the developer may have."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SBDK_", "DBT_"))}
    return {**clean, "NO_COLOR": "1", **extra}


def sbdk(*arguments: str, cwd: Path, **environment: str) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "sbdk", *arguments],
        cwd=cwd, env=command_environment(**environment), capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


def make(parent: Path, name: str = "shop", template: str = "saas", **keys: Any) -> Shop:
    """`sbdk init`, with a small volume unless told otherwise."""
    answer = sbdk("init", name, "--template", template, "--yes", cwd=parent)
    assert answer.code == 0, answer
    shop = Shop(parent / name)
    if template == "saas":
        keys.setdefault("data_volume", SMALL)
        keys.setdefault("start_date", "2025-01-01")
        keys.setdefault("end_date", "2026-01-01")
    shop.configure(**keys)
    return shop


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A small saas project after its first run; never changed, only copied."""
    shop = make(tmp_path_factory.mktemp("built"))
    shop.dev()
    return shop


@pytest.fixture
def shop(built_once: Shop, tmp_path: Path) -> Shop:
    """A built project of one's own: a copy, since a project may be copied."""
    return Shop(Path(shutil.copytree(built_once.path, tmp_path / "shop", symlinks=True)))


@pytest.fixture
def tiny(tmp_path: Path) -> Shop:
    """A project with one dlt source and one model, not built: quick where the saas models would only cost time."""
    shop = make(tmp_path, "tiny", "blank")
    shop.write("pipelines/things.py", THINGS)
    shop.write("dbt/models/doubled.sql", "select id, 2 * size as size from raw.things\n")
    return shop


THINGS = """
import dlt


@dlt.resource(name="things", primary_key="id", write_disposition="replace")
def things():
    yield [{"id": number, "size": number * 10} for number in range(1, 6)]
"""


@pytest.fixture
def run() -> Iterator[Callable[..., Answer]]:
    yield sbdk
