"""The terminal of `sbdk start`: failures are printed, interruptions are not."""

from __future__ import annotations

import pytest

from sbdk.cli.output import Output
from sbdk.cli.watch_screen import Screen
from sbdk.core.errors import CheckFailed
from sbdk.core.events import RunFinished
from sbdk.run.result import RunResult, StageResult


def _finished(error: CheckFailed | None) -> RunFinished:
    stages = (StageResult("generate"), StageResult("check", "failed"))
    return RunResult("r", "failed", stages=stages, error=error).finished()


def test_a_failed_run_names_its_stage_and_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(Output()).receive(_finished(CheckFailed("check a found 2 rows")))
    printed = capsys.readouterr().out
    assert "check failed; the last good build stays" in printed
    assert "check a found 2 rows" in printed


def test_a_run_that_was_ended_by_hand_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(Output()).receive(_finished(None))
    assert capsys.readouterr().out == ""
