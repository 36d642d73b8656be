"""A reader that never stops asking sees whole generations, one after the other, and no error."""

from __future__ import annotations

import os
import threading

import duckdb
import pytest

from support.shops import Shop

GENERATION = """
    select (select run_id from _sbdk.build), (select sum(size) from raw.things), (select sum(size) from doubled)
"""


class Reader(threading.Thread):
    """Opens the published file by its path, asks, closes; again and again."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop
        self.stop = threading.Event()
        self.seen: list[tuple[str, int, int]] = []
        self.asked = 0
        self.errors: list[Exception] = []

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self._ask()
            except duckdb.Error as error:
                self.errors.append(error)

    def _ask(self) -> None:
        # A name of its own for each connection: DuckDB hands out one instance per path within a process.
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach '{self.shop.published}' as dev (read_only); use dev")
            found = connection.execute(GENERATION).fetchall()[0]
        self.asked += 1
        if found not in self.seen:
            self.seen.append(found)


@pytest.mark.parametrize("runs", [8, pytest.param(50, marks=pytest.mark.faults)])
def test_a_reader_in_a_loop_sees_whole_generations_only(tiny: Shop, runs: int) -> None:
    tiny.dev()
    ledger = {tiny_generation(tiny)}
    reader = Reader(tiny)
    reader.start()
    try:
        for number in range(2, runs + 2):
            tiny.write("pipelines/things.py", THINGS.format(number=number))
            told = tiny.dev()
            ledger.add((told["run_id"], 15 * number, 30 * number))
    finally:
        reader.stop.set()
        reader.join()
    assert reader.errors == []
    assert set(reader.seen) <= ledger
    assert len(reader.seen) >= runs - 1, "the reader was too slow to see what happened"
    assert reader.asked > runs
    assert os.listdir(tiny.path / "data") == ["dev.duckdb"]


def tiny_generation(shop: Shop) -> tuple[str, int, int]:
    return (shop.query("select run_id from _sbdk.build")[0][0], 150, 300)


THINGS = """
import dlt


@dlt.resource(name="things", primary_key="id", write_disposition="replace")
def things():
    yield [{{"id": id, "size": id * {number}}} for id in range(1, 6)]
"""
