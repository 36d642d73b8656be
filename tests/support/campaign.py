"""Long campaigns in portions: `--from` and `--to` choose tests by their place, `--record` says what was run.

    make faults CAMPAIGN=tests/faults/test_retail_wrong_sql.py FROM=50 TO=100

A line of tests/faults/results.jsonl is one portion: day, commit, places, trials, and by file how many tests passed,
failed or were skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

RESULTS = Path("tests", "faults", "results.jsonl")
OUTCOMES = ("passed", "failed", "error", "skipped")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("campaigns")
    group.addoption("--from", type=int, default=0, dest="first", help="leave out the chosen tests before this place")
    group.addoption("--to", type=int, default=None, dest="stop", help="leave out those from this place on")
    group.addoption("--record", action="store_true", help=f"append what was run to {RESULTS}")


@pytest.hookimpl(trylast=True)  # after those that choose by marker and by word
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    first, stop = config.getoption("first"), config.getoption("stop")
    chosen = items[first:stop]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=items[:first] + (items[stop:] if stop is not None else []))
        items[:] = chosen


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("record") or hasattr(config, "workerinput"):
        return  # of several processes, the one that started the others has all reports
    files: dict[str, Counter[str]] = {}
    for outcome in OUTCOMES:
        for report in terminalreporter.stats.get(outcome, []):
            files.setdefault(report.nodeid.split("::")[0], Counter())[outcome] += 1
    line = {
        "day": datetime.now(UTC).date().isoformat(),
        "commit": _commit(config.rootpath),
        "from": config.getoption("first"),
        "to": config.getoption("stop"),
        "trials": os.environ.get("SBDK_FAULT_TRIALS"),
        "files": files,
    }
    place = config.rootpath / RESULTS
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a", encoding="utf-8") as results:
        results.write(json.dumps(line) + "\n")


def _commit(folder: Path) -> str | None:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.strip() or None
