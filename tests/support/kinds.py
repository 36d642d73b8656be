"""The kinds of tests, by where they stand, and the guard that holds unit tests to their kind.

`unit`: starts no process and no server, runs no whole project. `e2e`: a whole project through the command line, or
pages in a browser or over HTTP. The tests between them (locks, dlt, dbt, killed writers) are neither.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

NONE = ""
KINDS = {
    "app": "e2e",
    "core": "unit",
    "core/test_interrupts.py": NONE,
    "cli": "e2e",
    "cli/test_start_screen.py": "unit",
    "docs": "e2e",
    "examples": "e2e",
    "faults": "e2e",
    "ingest": "unit",
    "run": "e2e",
    "run/test_estimate.py": "unit",
    "spec": "unit",
    "spec/test_dotenv.py::test_tracked_by_git_is_a_warning_and_ignored_or_alike_named_files_are_not": NONE,
    "state/test_history.py": "unit",
    "state/test_history.py::test_a_killed_run_is_shown_as_killed": NONE,
    "watch": "e2e",
}
"""By a folder, a file or a test below tests/; the longest that fits holds."""

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"}


def kind_of(test: str) -> str:
    """The kind of the test with this id, which begins at the folder tests/."""
    places = [place for place in KINDS if re.match(rf"{re.escape(place)}(/|::|\[|$)", test)]
    return KINDS[max(places, key=len)] if places else NONE


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if kind := kind_of(item.nodeid.removeprefix("tests/")):
            item.add_marker(kind)


class Guard:
    """While a unit test runs, its fixtures included, refuses what starts a process or a server."""

    def __init__(self) -> None:
        self.on = False
        self.refused: list[str] = []
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and (event in STARTS or (event == "socket.bind" and isinstance(arguments[1], tuple))):
            self.refused.append(event)
            raise RuntimeError(f"{event}: a unit test starts no process and no server (tests/support/kinds.py)")


GUARD = Guard()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    GUARD.on, GUARD.refused = item.get_closest_marker("unit") is not None, []
    try:
        return (yield)
    finally:
        GUARD.on = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """A refusal that the program took for something else still fails the test."""
    yield
    assert GUARD.refused == []
