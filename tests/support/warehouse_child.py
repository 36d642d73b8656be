"""Run by the tests in a process of its own: `run`, `rollback`, `hold SECONDS`, `orphan`, `write` (by hand)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from sbdk.core.errors import SbdkError
from sbdk.state.history import new_run_id
from sbdk.state.lock import ProjectLock
from sbdk.state.record import BuildContents
from sbdk.targets.duckdb.target import DuckDBTarget

ADD_ONE = (
    "CREATE TABLE IF NOT EXISTS left_rows (n INTEGER)",
    "CREATE TABLE IF NOT EXISTS right_rows (n INTEGER)",
    "INSERT INTO left_rows SELECT count(*) FROM left_rows",
    "INSERT INTO right_rows SELECT count(*) FROM right_rows",
)


def say(word: str) -> None:
    print(word, flush=True)


def acknowledge(root: Path, run_id: str) -> None:
    with open(root / "ledger", "a") as ledger:
        ledger.write(run_id + "\n")
        ledger.flush()
        os.fsync(ledger.fileno())


def run(root: Path, warehouse: DuckDBTarget) -> None:
    run_id = new_run_id()
    build = warehouse.begin(run_id)
    connection = build.connect()
    for statement in ADD_ONE:
        connection.execute(statement)
    connection.close()
    warehouse.publish(build, run_id, BuildContents())
    acknowledge(root, run_id)


def orphan(root: Path, warehouse: DuckDBTarget) -> None:
    """Begin, start a worker, die without it: the worker then writes to the build by its path."""
    build = warehouse.begin(new_run_id())
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    quiet = subprocess.DEVNULL
    worker = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
    build.enroll(worker.pid)
    say(str(worker.pid))
    os.kill(os.getpid(), 9)


def write_by_hand(published: Path) -> None:
    """What nobody should do: hold the published file open for writing, with a commit in its log."""
    connection = duckdb.connect(str(published))
    connection.execute("SET checkpoint_threshold = '1GB'")
    connection.execute("CREATE TABLE by_hand AS SELECT 1 AS one")
    say("open")
    time.sleep(600)


def main() -> None:
    action, *args, place = sys.argv[1:]
    root = Path(place)
    warehouse = DuckDBTarget(root / "data" / "dev.duckdb", root / ".sbdk")
    if action == "write":
        write_by_hand(warehouse.published)
    timeout = float(os.environ.get("LOCK_TIMEOUT", "30"))
    with ProjectLock(warehouse.state.root, f"sbdk {action}", timeout, emit=lambda event: say(event.text)):
        if action == "hold":
            say("held")
            time.sleep(float(args[0]))
        elif action == "rollback":
            acknowledge(root, "rollback:" + warehouse.rollback().run_id)
        elif action == "orphan":
            orphan(root, warehouse)
        elif action == "run":
            run(root, warehouse)


if __name__ == "__main__":
    try:
        main()
    except SbdkError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        sys.exit(1)
