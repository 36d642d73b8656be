"""kill -9 at every boundary and at random: what is published is old or new, and whole; nothing needs help."""

from __future__ import annotations

import os
import random
import time

import pytest

from support.killing import Ledger, Victim, survives

BOUNDARIES = [
    "after_generate", "mid_load", "after_load", "mid_transform", "after_transform",
    "before_checkpoint", "after_checkpoint", "before_rename", "after_rename",
]  # fmt: skip
WAYS = ["killpg", "kill"]
ALONE = ["mid_load", "mid_transform", "before_rename"]  # where something of the run goes on working without it
TRIALS = int(os.environ.get("SBDK_FAULT_TRIALS", "1"))


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_at_a_boundary(boundary: str, victim: Victim, ledger: Ledger) -> None:
    killed_at_a_boundary(boundary, "killpg", victim, ledger)


@pytest.mark.parametrize("boundary", ALONE)
def test_killed_alone_at_a_boundary(boundary: str, victim: Victim, ledger: Ledger) -> None:
    killed_at_a_boundary(boundary, "kill", victim, ledger)


@pytest.mark.faults
@pytest.mark.parametrize("boundary", [boundary for boundary in BOUNDARIES if boundary not in ALONE])
def test_killed_alone_at_any_boundary(boundary: str, victim: Victim, ledger: Ledger) -> None:
    killed_at_a_boundary(boundary, "kill", victim, ledger)


def killed_at_a_boundary(boundary: str, way: str, victim: Victim, ledger: Ledger) -> None:
    before = victim.published.read_bytes()
    assert victim.killed_at(boundary, way) == -9, "the failpoint was not reached"
    survives(victim, ledger, before)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("trial", range(min(TRIALS, 1)))
def test_killed_at_random(trial: int, way: str, victim: Victim, ledger: Ledger, whole: float) -> None:
    killed_at_random(trial, way, victim, ledger, whole)


@pytest.mark.faults
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("trial", range(1, max(TRIALS, 300)))
def test_killed_at_random_many_times(trial: int, way: str, victim: Victim, ledger: Ledger, whole: float) -> None:
    killed_at_random(trial, way, victim, ledger, whole)


@pytest.fixture(scope="module")
def whole(published: Victim, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds that an undisturbed run takes."""
    victim = published.copy(tmp_path_factory.mktemp("rehearsal") / "victim")
    started = time.monotonic()
    victim.dev("--advance", "1d")
    return time.monotonic() - started


def killed_at_random(trial: int, way: str, victim: Victim, ledger: Ledger, whole: float) -> None:
    """At U(0, T), where T is what an undisturbed run takes."""
    before = victim.published.read_bytes()
    victim.killed_after(random.Random(f"{trial}/{way}").uniform(0, whole), way)
    survives(victim, ledger, before)
