"""Stores deliveries on a disk that fills up, then gets room: what is acknowledged must be there, and only that."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from hub import delivery

from sbdk.server.store import Store, StoreUnavailable, UsageEvent


async def fill(state: Store) -> tuple[int, str]:
    """How many events were stored until the disk was full, and what was said then."""
    stored = 0
    while True:
        try:
            stored += await state.track("u", [UsageEvent("run", data="x" * 10_000)] * 5)
        except StoreUnavailable as error:
            return stored, error.message


def main(folder: Path) -> None:
    state = Store(folder / "server.sqlite")
    filler = folder / "filler"
    filler.write_bytes(b"x" * 1_000_000)
    assert asyncio.run(state.accept(delivery("a" * 40))) == "accepted"
    stored, said = asyncio.run(fill(state))
    print(said)
    try:
        state.check()
    except StoreUnavailable:
        print("not ready")
    assert state.counts()["usage"] == {"events": stored}
    filler.unlink()
    assert asyncio.run(state.accept(delivery("b" * 40))) == "accepted"
    assert asyncio.run(state.accept(delivery("a" * 40))) == "duplicate"
    state.close()
    state = Store(folder / "server.sqlite")
    assert state.counts()["usage"] == {"events": stored}
    state.close()
    print("recovered")


main(Path(sys.argv[1]))
