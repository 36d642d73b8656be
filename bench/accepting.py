"""python -m bench.accepting: what group commit is worth on this disk, without HTTP.

Deliveries stored durably by one client, who waits for each, and by many at once; beside them plain SQLite with one
transaction for each. Prints one JSON object: per second, and the 50th and 99th percentile in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from sbdk.server.store import Delivery, Push, Store


def measure(folder: Path, clients: int, seconds: float = 3.0) -> dict[str, float]:
    """Closed loop: each client sends its next delivery when the last is on the disk."""
    state = Store(folder / f"with-{clients}.sqlite")
    try:
        return _figures(asyncio.run(_clients(state, clients, seconds)), seconds)
    finally:
        state.close()


async def _clients(state: Store, clients: int, seconds: float) -> list[float]:
    end = time.perf_counter() + seconds

    async def client(number: int) -> list[float]:
        times: list[float] = []
        while (begun := time.perf_counter()) < end:
            commit = f"{number:08x}{len(times):032x}"
            await state.accept(Delivery(commit, "push", Push(1, "someone/something", "refs/heads/main", commit)))
            times.append(time.perf_counter() - begun)
        return times

    return [took for times in await asyncio.gather(*map(client, range(clients))) for took in times]


def plain(folder: Path, seconds: float = 3.0) -> dict[str, float]:
    """The floor: one row, one transaction, one wait for the disk at a time."""
    database = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE deliveries (id TEXT PRIMARY KEY)")
    times: list[float] = []
    end = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        database.execute("INSERT INTO deliveries VALUES (?)", (f"{len(times):040x}",))
        times.append(time.perf_counter() - begun)
    database.close()
    return _figures(times, seconds)


def _figures(times: list[float], seconds: float) -> dict[str, float]:
    ranked = sorted(times)
    at = {f"p{part}_ms": round(ranked[len(ranked) * part // 100] * 1e3, 2) for part in (50, 99)}
    return {"per_second": round(len(times) / seconds), **at}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--folder", type=Path, help="on which disk; the temporary folder if absent")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        found = {f"{clients}_clients": measure(folder, clients, given.seconds) for clients in (1, 64)}
        json.dump({**found, "plain_sqlite": plain(folder, given.seconds)}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
