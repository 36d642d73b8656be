"""`pytest --cpu-durations N`: processor seconds of tests and their processes; a busy machine hardly changes them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from support import preload

SECONDS = pytest.StashKey[float]()
PROPERTY = "cpu_seconds"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cpu-durations", type=int, default=0, metavar="N", help="list N tests, files and folders by cpu")


def _spent() -> float:
    """By this process and by those of its children that have ended."""
    return sum(os.times()[:4]) + preload.cpu_seconds()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    item.stash[SECONDS] = _spent()
    yield


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    try:
        yield
    finally:
        item.user_properties.append((PROPERTY, _spent() - item.stash[SECONDS]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    most = config.getoption("--cpu-durations")
    if not most:
        return
    spent: dict[str, Counter[str]] = {"tests": Counter(), "files": Counter(), "folders": Counter()}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                file = report.nodeid.partition("::")[0]
                seconds = dict(report.user_properties).get(PROPERTY, 0.0)
                for kind, name in (("tests", report.nodeid), ("files", file), ("folders", file.rpartition("/")[0])):
                    spent[kind][name] += seconds
    for kind, counted in spent.items():
        terminalreporter.section(f"processor seconds by {kind}: {counted.total():.0f} in all")
        for name, seconds in counted.most_common(most):
            terminalreporter.line(f"{seconds:8.1f} {name}")
