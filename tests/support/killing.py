"""Runs that are killed, and the ledger of what must be there afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.shops import Shop, command_environment, make

Tables = dict[str, list[str]]
TABLES = ("raw.raw_users", "raw.raw_events", "raw.raw_orders", "main.spent", "_sbdk.clock")
PIPELINE = """
import dlt
import sbdk


@dlt.resource(name="{table}", primary_key="{key}", write_disposition="append")
def {table}():
    yield from sbdk.rows("{table}")
"""
MODEL = "select user_id, sum(amount) as spent, count(*) as orders from raw.raw_orders group by user_id\n"


def hundred_users(parent: Path) -> Victim:
    """A project with the three synthetic tables, one model, and its first build."""
    volume = {"users": 100, "events": 400, "orders": 150}
    shop = make(
        parent, "victim", "blank", datasets=["saas"], data_volume=volume, start_date="2025-01-01", end_date="2026-01-01"
    )
    for table, key in (("raw_users", "user_id"), ("raw_events", "event_id"), ("raw_orders", "order_id")):
        shop.write(f"pipelines/{table}.py", PIPELINE.format(table=table, key=key))
    shop.write("dbt/models/spent.sql", MODEL)
    shop.dev()
    return Victim(shop.path)


@dataclass(frozen=True)
class Victim(Shop):
    """A project whose runs are killed."""

    def tables(self) -> Tables:
        """All rows of all tables, sorted, as texts."""
        return {table: sorted(map(repr, self.query(f"select * from {table}"))) for table in TABLES}

    def killed_at(self, failpoint: str, way: str) -> int:
        """Run a day that dies at `failpoint`; `way` is kill (the sbdk process alone) or killpg. The exit code."""
        return self._start(SBDK_TEST="1", SBDK_FAILPOINT=f"{failpoint}:{way}").wait(timeout=120)

    def killed_after(self, seconds: float, way: str) -> int:
        """Run a day, and kill it from outside after so many seconds; it may have ended before."""
        process = self._start()
        time.sleep(seconds)
        send: Callable[[int, int], None] = os.killpg if way == "killpg" else os.kill
        if process.poll() is None:
            send(process.pid, signal.SIGKILL)
        return process.wait(timeout=120)

    def _start(self, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "sbdk", "dev", "--advance", "1d"],
            cwd=self.path, env=command_environment(**environment), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def orphans(self, patience: float = 15.0) -> list[int]:
        """Processes that still work on this project after `patience` seconds: none may."""
        until = time.monotonic() + patience
        while (found := self._processes()) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _processes(self) -> list[int]:
        mine = str(self.path).encode()
        return [
            int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and mine in _command(entry)
        ]


def _command(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes() + os.readlink(entry / "cwd").encode()
    except OSError:
        return b""


@dataclass(frozen=True)
class Ledger:
    """The tables after the first run, one undisturbed day later, and two."""

    first: Tables
    one_day: Tables
    two_days: Tables

    @classmethod
    def of(cls, undisturbed: Victim) -> Ledger:
        found = [undisturbed.tables()]
        for _ in range(2):
            undisturbed.dev("--advance", "1d")
            found.append(undisturbed.tables())
        assert found[0] != found[1] != found[2]
        return cls(*found)


def survives(victim: Victim, ledger: Ledger, before: bytes) -> None:
    """After a kill: one whole generation is published, no process is left, and runs go on as if nothing had been."""
    assert victim.orphans() == []
    there = victim.tables()
    if there == ledger.first:
        assert victim.published.read_bytes() == before
        victim.dev("--advance", "1d")
    assert victim.tables() == ledger.one_day
    assert victim.sbdk("doctor", "--json").object["healthy"]
    assert victim.dev()["status"] == "up_to_date"
    assert victim.tables() == ledger.one_day
    victim.dev("--advance", "1d")
    assert victim.tables() == ledger.two_days
