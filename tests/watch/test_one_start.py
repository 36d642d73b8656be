"""One `sbdk start` watches a project."""

from __future__ import annotations

from support.shops import Shop
from support.started import Started


def test_a_second_start_names_the_first_one_and_ends(tiny_built: Shop) -> None:
    first = Started(tiny_built)
    try:
        first.wait_for("everything")
        answer = tiny_built.sbdk("start", "--no-dashboard")
        assert answer.code != 0
        assert f"PID {first.process.pid}" in answer.err
        assert "watched already" in answer.err
    finally:
        first.process.kill()
        first.process.wait()
