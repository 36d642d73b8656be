"""A campaign may be run in portions, and each is put on record."""

from __future__ import annotations

import json

import pytest

pytest_plugins = ["pytester"]
TESTS = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_number(number):
    assert number != 3

def test_another():
    pytest.skip("not here")
"""


@pytest.mark.parametrize(
    ("portion", "outcomes"),
    [
        ([], {"passed": 5, "failed": 1, "skipped": 1}),
        (["--from", "2", "--to", "4"], {"passed": 1, "failed": 1}),
        (["--from", "4"], {"passed": 2, "skipped": 1}),
        (["--to", "3"], {"passed": 3}),
    ],
)
def test_a_portion_is_run_and_recorded(pytester: pytest.Pytester, portion: list[str], outcomes: dict[str, int]) -> None:
    pytester.makepyfile(test_some=TESTS)
    answer = pytester.runpytest_inprocess("-p", "support.campaign", "--record", *portion)
    answer.assert_outcomes(**outcomes)
    (line,) = (pytester.path / "tests" / "faults" / "results.jsonl").read_text().splitlines()
    assert json.loads(line)["files"] == {"test_some.py": outcomes}


def test_nothing_is_recorded_unasked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_some=TESTS)
    pytester.runpytest_inprocess("-p", "support.campaign")
    assert not (pytester.path / "tests").exists()
