"""Storms of saves (fault row 57): at most two builds each, and the last content is the one that is built."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.shops import Shop
from support.started import Started

MODEL = "dbt/models/apart.sql"
QUIET = 2.5  # seconds; more than the time between two looks
TRIALS = int(os.environ.get("SBDK_FAULT_TRIALS", "0")) or 50

Storm = Callable[[Shop, int], int]
"""Makes a storm that begins with that number; the number that the last content holds."""


def runs(shop: Shop) -> int:
    """All that were ever started, those that found nothing to do too."""
    with sqlite3.connect(f"file:{shop.path / '.sbdk/history.sqlite'}?mode=ro", uri=True) as history:
        return int(history.execute("select count(*) from runs").fetchone()[0])


def model_of(number: int) -> str:
    return f"{{{{ config(materialized='table') }}}}\nselect {number} as id\n"


def two_thousand_creates(shop: Shop, number: int) -> int:
    for each in range(2_000):
        shop.write(f"dbt/notes/{number}/{each}.txt", "a note\n")
    shop.write(MODEL, model_of(number))
    return number


def twenty_atomic_saves(shop: Shop, number: int) -> int:
    """As editors save: written beside it, and put in its place."""
    for each in range(number, number + 20):
        draft = shop.write("dbt/models/apart.sql.tmp", model_of(each))
        draft.replace(shop.path / MODEL)
        time.sleep(0.04)
    return number + 19


def six_seconds_of_writes(shop: Shop, number: int) -> int:
    """Truncated and written again, about a hundred times; a build may well find half a file."""
    until = time.monotonic() + 6
    while time.monotonic() < until:
        number += 1
        shop.write(MODEL, model_of(number))
        time.sleep(0.05)
    return number


STORMS: list[Storm] = [two_thousand_creates, twenty_atomic_saves, six_seconds_of_writes]


@pytest.fixture(scope="module")
def running(started: Started) -> Started:
    """After the first run: what that wrote must not have started another."""
    before = runs(started.shop)
    time.sleep(QUIET)
    assert runs(started.shop) == before
    return started


def ride_out(running: Started, storm: Storm, number: int) -> None:
    before = runs(running.shop)
    last = storm(running.shop, number)
    until = time.monotonic() + 30
    while built(running.shop) != last:
        assert time.monotonic() < until, running.lines
        time.sleep(0.1)
    time.sleep(QUIET)
    assert 1 <= runs(running.shop) - before <= 2, running.lines
    assert built(running.shop) == last


def built(shop: Shop) -> int:
    return int(shop.query("select id from apart")[0][0])


@pytest.mark.parametrize("storm", STORMS)
def test_a_storm_is_at_most_two_builds_and_its_end_is_built(running: Started, storm: Storm) -> None:
    ride_out(running, storm, 1_000)


@pytest.mark.faults
@pytest.mark.parametrize("storm", STORMS)
@pytest.mark.parametrize("trial", range(TRIALS))
def test_any_number_of_storms(running: Started, storm: Storm, trial: int) -> None:
    ride_out(running, storm, 10_000 * (trial + 1))


def test_the_notes_are_there_to_be_seen(running: Started) -> None:
    """The storm of creates was of files that count: one more of them starts a build."""
    name = "dbt/notes/one.txt"
    assert Path(name).name in running.edit(name, "a note\n")
