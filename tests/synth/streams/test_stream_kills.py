"""kill -9 and Ctrl-C at any instant: no half file, no record lost, none twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.stream import Stream
from support.emitting import TABLES, content, retail

SCRIPT = Path(__file__).parents[2] / "support" / "emitting.py"
HOURS = 12


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    world = retail(7)
    dirt = dirt_of(world, 7, {})
    end = world.start + HOURS * 3_600_000_000
    return {t: "".join(Stream(world, t, dirt).between(world.start, end).lines.to_pylist()).encode() for t in TABLES}


def start(folder: Path, **env: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(SCRIPT), str(folder), "7", str(HOURS)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, **env})


def until_files(folder: Path, more_than: int) -> None:
    deadline = time.monotonic() + 30
    while sum(1 for _ in folder.rglob("*.jsonl")) <= more_than and time.monotonic() < deadline:
        time.sleep(0.002)


def trials(few: int) -> int:
    return int(os.environ.get("SBDK_FAULT_TRIALS", few))


def killed_again_and_again(folder: Path, expected: dict[str, bytes], how: int, seed: int, kills: int = 3) -> None:
    chance = random.Random(seed)
    for _ in range(kills):
        there = sum(1 for _ in folder.rglob("*.jsonl"))
        process = start(folder)
        until_files(folder, there)
        time.sleep(chance.random() * 0.15)
        process.send_signal(how)
        assert process.wait(30) != 0 or sum(1 for _ in folder.rglob("*.jsonl")) > 40 * HOURS
        for table in TABLES:
            assert expected[table].startswith(content(folder, table))
    assert start(folder).wait(60) == 0
    assert {t: content(folder, t) for t in TABLES} == expected
    assert not list(folder.rglob("*.part"))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_runs_leave_a_prefix_and_the_next_goes_on(tmp_path, expected, how):
    killed_again_and_again(tmp_path, expected, how, seed=1)


def test_a_kill_between_writing_and_renaming_leaves_no_half_file(tmp_path, expected):
    for _ in range(2):
        assert start(tmp_path, SBDK_TEST="1", SBDK_FAILPOINT="mid_landing:kill").wait(30) == -signal.SIGKILL
        assert list(tmp_path.rglob(".*.part"))
        assert all(expected[table].startswith(content(tmp_path, table)) for table in TABLES)
    assert start(tmp_path).wait(60) == 0
    assert {t: content(tmp_path, t) for t in TABLES} == expected


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(trials(5)))
def test_killed_at_random(tmp_path, expected, seed):
    how = signal.SIGKILL if seed % 2 else signal.SIGINT
    killed_again_and_again(tmp_path, expected, how, seed, kills=8)
