"""A small warehouse, runs in processes of their own, and oracles that know nothing of sbdk's code."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from sbdk.core.events import RunEvent, Warned
from sbdk.state.record import BuildContents
from sbdk.targets.duckdb.target import DuckDBTarget

CHILD = Path(__file__).with_name("warehouse_child.py")


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(path: Path) -> list[int]:
    """The runs a file holds, by an engine session of its own; torn when its two tables disagree."""
    code = "import duckdb,sys,json; c=duckdb.connect(sys.argv[1], read_only=True); print(json.dumps([c.execute(f'select n from {t} order by n').fetchall() for t in ('left_rows','right_rows')]))"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    left, right = json.loads(done.stdout)
    assert left == right, "torn: the two tables of one run disagree"
    return [n for (n,) in left]


class Project:
    """A project's two folders, and runs on them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.published = root / "data" / "dev.duckdb"
        self.state = root / ".sbdk"
        self.ledger = root / "ledger"
        self.events: list[RunEvent] = []
        self.warehouse = DuckDBTarget(self.published, self.state, emit=self.events.append)

    def run(self, run_id: str, *, empty: bool = False, sql: tuple[str, ...] = ()) -> None:
        """One run in this process: adds its number to both tables."""
        build = self.warehouse.begin(run_id, empty=empty)
        connection = build.connect()
        for statement in (*ADD_ONE, *sql):
            connection.execute(statement)
        connection.close()
        self.warehouse.publish(build, run_id, BuildContents(datasets={"by": "test"}))

    def start(self, *args: str, prefix: tuple[str, ...] = (), **env: str) -> subprocess.Popen[str]:
        """`warehouse_child.py` in a process of its own, leader of its own group."""
        command = [*prefix, sys.executable, str(CHILD), *args, str(self.root)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
        return subprocess.Popen(command, env={**os.environ, **env}, **pipes)  # type: ignore[call-overload, no-any-return]

    def child(self, *args: str, prefix: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*args, prefix=prefix, **env)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def acknowledged(self) -> list[str]:
        """Run ids whose publish returned, from the ledger."""
        return self.ledger.read_text().split() if self.ledger.exists() else []

    def warnings(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Warned)]


ADD_ONE = (
    "CREATE TABLE IF NOT EXISTS left_rows (n INTEGER)",
    "CREATE TABLE IF NOT EXISTS right_rows (n INTEGER)",
    "INSERT INTO left_rows SELECT count(*) FROM left_rows",
    "INSERT INTO right_rows SELECT count(*) FROM right_rows",
)
