"""Whole projects, driven through the command line as a user drives them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb

from support import preload
from support.emitting import BUSY
from support.once import once

SMALL_RETAIL = {
    "streams": {**BUSY, "sales_per_batch": 20, "new_per_batch": {"stores": 1, "customers": 4, "products": 3}},
    "dirt": {
        "sales": {"malformed": 0.01, "late": 0.01, "orphan": 0.02, "duplicate": 0.03, "schema_drift": 0.03},
        "customers": {"malformed": 0.01, "duplicate": 0.05, "out_of_order": 0.2, "missing_email": 0.1},
        "products": {"malformed": 0.01, "duplicate": 0.05, "out_of_order": 0.2, "schema_drift": 0.03},
        "stores": {"malformed": 0.01, "duplicate": 0.05, "out_of_order": 0.2, "missing_manager": 0.1},
    },
}
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

    def copy(self, path: Path) -> Self:
        """The same project at `path`: a project may be copied and moved."""
        return type(self)(Path(shutil.copytree(self.path, path, symlinks=True)))

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
    complete = command_environment(**environment)
    if preload.can_fork(complete):
        return Answer(*preload.run(arguments, cwd, complete, timeout=240))
    done = subprocess.run(
        [sys.executable, "-m", "sbdk", *arguments],
        cwd=cwd, env=complete, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


def initialised(name: str, template: str) -> Shop:
    """What `sbdk init` leaves, made once; to be copied."""

    def init(folder: Path) -> None:
        answer = sbdk("init", name, "--template", template, "--yes", cwd=folder)
        assert answer.code == 0, answer

    return Shop(once(f"init-{template}-{name}", init) / name)


def make(parent: Path, name: str = "shop", template: str = "saas", **keys: Any) -> Shop:
    """A project of the template that was never run, with a small volume unless told otherwise."""
    shop = initialised(name, template).copy(parent / name)
    if template == "saas":
        keys.setdefault("data_volume", SMALL)
        keys.setdefault("start_date", "2025-01-01")
        keys.setdefault("end_date", "2026-01-01")
    shop.configure(**keys)
    return shop


THINGS = """
import dlt


@dlt.resource(name="things", primary_key="id", write_disposition="replace")
def things():
    yield [{"id": number, "size": number * 10} for number in range(1, 6)]
"""
