from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from sbdk.core.process import (
    alive,
    children_of,
    end_all,
    peak_mb,
    process_began,
    processes_with_variable,
    reset_peak,
    resident_mb,
    start_time,
    stop_process,
)

WAITS = [sys.executable, "-c", "print('here', flush=True); import time; time.sleep(600)"]
DEAF = [sys.executable, "-c", "import signal, time; signal.signal(15, 1); print('here', flush=True); time.sleep(600)"]
PARENT = """
import subprocess, sys, time
for seconds in (2, 600):
    subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"])
print("here", flush=True)
time.sleep(600)
"""


def started(command: list[str], **environment: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    return process


@pytest.fixture
def other():
    process = started(WAITS, SBDK_TEST_MARK="of this test")
    yield process
    process.kill()
    process.wait()


def test_a_process_is_known_by_its_start(other):
    began = start_time(other.pid)
    assert began == start_time(other.pid)
    assert alive(other.pid, began)
    assert alive(other.pid, None)
    assert not alive(other.pid, "someone else's")


def test_the_dead_and_the_zombies_are_not_alive(other):
    began = start_time(other.pid)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the table
    assert start_time(other.pid) is None
    other.wait()
    assert not alive(other.pid, began)
    assert resident_mb(other.pid) == 0


@pytest.mark.parametrize("command", [WAITS, DEAF])
def test_a_process_is_ended_that_listens_or_not(command):
    process = started(command)
    began = start_time(process.pid)
    assert stop_process(process.pid, began, patience=0.5 if command is DEAF else 30.0)
    assert process.wait() == (-9 if command is DEAF else -15)


def test_another_process_of_the_same_id_is_left_alone(other):
    assert stop_process(other.pid, "someone else's")
    assert other.poll() is None


def test_processes_are_found_by_a_variable(other):
    assert list(processes_with_variable("SBDK_TEST_MARK", "of this test")) == [other.pid]
    assert list(processes_with_variable("SBDK_TEST_MARK", "of this")) == []


def test_memory_is_measured_in_mib():
    before = resident_mb(os.getpid())
    block = bytearray(64 << 20)
    assert before + 60 < resident_mb(os.getpid()) < before + 200
    assert peak_mb() >= resident_mb(os.getpid()) - 1
    del block


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets a peak")
def test_a_new_stretch_has_a_new_peak():
    block = bytearray(64 << 20)
    high = peak_mb()
    del block
    reset_peak()
    assert peak_mb() < high - 50


def test_this_process_began_before_its_first_test():
    assert time.monotonic() - process_began() >= 0
    assert abs(process_began() - process_began()) < 1


def test_children_are_waited_for_and_killed_when_they_stay():
    """As a tracker does, one child ends a moment after its parent; the other would never end."""
    parent = started([sys.executable, "-c", PARENT])
    children = children_of(parent.pid)
    parent.kill()
    parent.wait()
    assert len(children) == 2
    end_all(children, patience=4)
    assert not any(child.is_running() and child.status() != "zombie" for child in children)
    assert children_of(parent.pid) == []
