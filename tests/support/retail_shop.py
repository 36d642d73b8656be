"""A retail project driven through the command line, and its landing files read in plain Python."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from support.emitting import BUSY
from support.shops import initialised, sbdk

STREAMS = ("stores", "customers", "products", "sales")
SMALL = {
    "streams": {
        "sales_per_batch": 20,
        **BUSY,
        "new_per_batch": {"stores": 1, "customers": 4, "products": 3},
        "batches_per_file": 48,
    },
    "dirt": {
        "sales": {"malformed": 0.01, "late": 0.01, "orphan": 0.02, "duplicate": 0.03, "schema_drift": 0.01},
        "customers": {"malformed": 0.01, "duplicate": 0.05, "out_of_order": 0.2, "missing_email": 0.1},
        "products": {"malformed": 0.01, "duplicate": 0.05, "out_of_order": 0.2},
        "stores": {"malformed": 0.01, "duplicate": 0.05, "out_of_order": 0.2, "missing_manager": 0.1},
    },
}


@dataclass(frozen=True)
class Apparel:
    """A project folder made from the retail template."""

    path: Path

    @classmethod
    def make(cls, folder: Path, **settings: Any) -> Apparel:
        """A new project, its dbt parsed as `init` does."""
        made = cls(initialised("apparel", "retail").copy(folder / "apparel").path)
        made.configure(**settings)
        return made

    def configure(self, **settings: Any) -> None:
        file = self.path / "sbdk_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))

    def sbdk(self, *words: str, fails: bool = False) -> Any:
        """What a command answers with --json."""
        return json.loads(_run(self.path, *words, "--json", fails=fails))

    def killed(self, failpoint: str) -> None:
        """`sbdk dev`, killed with -9 at a named point."""
        hurt = {**_environment(), "SBDK_TEST": "1", "SBDK_FAILPOINT": f"{failpoint}:kill"}
        done = subprocess.run([sys.executable, "-m", "sbdk", "dev"], cwd=self.path, env=hurt, capture_output=True)
        assert done.returncode == -9, done

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Asked of the published file with DuckDB alone."""
        with duckdb.connect(str(self.path / "data" / "dev.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def lines(self, stream: str) -> Iterator[tuple[str, int, bytes]]:
        """Each line that is not empty, with its file and its position, in the order of the files."""
        for path in sorted((self.path / "landing" / stream).glob("[!.]*")):
            span = re.match(r"(\d{12})-", path.name)
            for number, line in enumerate(path.read_bytes().split(b"\n"), int(span[1]) if span else 0):
                if line.strip(b"\r"):
                    yield f"landing/{stream}/{path.name}", number, line

    def take_landing(self, other: Apparel, stream: str, start: int, stop: int | None) -> None:
        """Files start..stop of another project's landing folder arrive here."""
        target = self.path / "landing" / stream
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted((other.path / "landing" / stream).glob("[!.]*"))[start:stop]:
            shutil.copy(path, target / path.name)


def _run(folder: Path, *words: str, fails: bool = False) -> str:
    done = sbdk(*words, cwd=folder)
    assert (done.code != 0) == fails, done
    return done.out


def _environment() -> dict[str, str]:
    """Without settings of sbdk that the developer may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SBDK_", "DBT_"))}
