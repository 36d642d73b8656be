"""Sinks are of equal rank: all get the same events in the same order, and none can hurt the run or another one."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from sbdk.core.errors import CheckFailed, DiskError, LockHeld, SbdkError, UsageError
from sbdk.core.event_stream import EventStream
from sbdk.core.events import (
    Noted,
    Progress,
    Published,
    RunError,
    RunEvent,
    RunFinished,
    RunStarted,
    StageFinished,
    StageStarted,
    Warned,
    from_json,
    silent,
)
from sbdk.observe.sinks import alerts, usage
from sbdk.project import Project
from sbdk.run import sinks
from sbdk.run.options import RunOptions
from sbdk.spec.config_sections import Alerts
from sbdk.state.history import History

STAGES = ("generate", "load", "transform", "check", "publish")


def broken(event: RunEvent) -> None:
    raise RuntimeError(f"cannot take {event.kind}")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One pipeline, no dbt: a run takes a second."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "dbt").mkdir()
    (tmp_path / "pipelines/things.py").write_text(
        "import dlt\n\n\n@dlt.resource\ndef things():\n    yield [{'id': n} for n in range(3)]\n"
    )
    (tmp_path / "sbdk_config.json").write_text(json.dumps({"project": "small"}))
    return Project(tmp_path)


def run(project: Project) -> list[RunEvent]:
    received: list[RunEvent] = []
    project.run(RunOptions(pipelines_only=True), emit=received.append)
    return received


def test_all_sinks_get_the_same_events_in_the_same_order() -> None:
    first: list[RunEvent] = []
    last: list[RunEvent] = []
    stream = EventStream("r", [first.append, broken, last.append])
    threads = [threading.Thread(target=lambda: [stream.emit(Progress("load", n)) for n in range(200)]) for _ in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert first == last
    assert len(first) == 801  # and the one warning


def test_a_sink_that_raises_is_reported_once_and_still_gets_what_comes() -> None:
    seen: list[str] = []
    good: list[RunEvent] = []

    def fails_at_first(event: RunEvent) -> None:
        seen.append(event.kind)
        if len(seen) < 3:
            raise OSError("no room")

    stream = EventStream("r", [fails_at_first, good.append])
    for text in "abc":
        stream.emit(Noted("", text))
    assert seen == ["note", "warning", "note", "note"]
    assert [event.sequence for event in good] == [1, 2, 3, 4]
    (warning,) = [event for event in good if isinstance(event, Warned)]
    assert "fails_at_first failed on note: OSError: no room" in warning.text


def test_an_event_of_a_sink_follows_the_present_one_for_all() -> None:
    stream = EventStream("r")
    before: list[str] = []
    after: list[str] = []

    def answers(event: RunEvent) -> None:
        if isinstance(event, StageStarted):
            stream.emit(Noted(event.stage, "seen"))

    for sink in (lambda event: before.append(event.kind), answers, lambda event: after.append(event.kind)):
        stream.attach(sink)
    stream.emit(StageStarted("load"))
    assert before == after == ["stage_started", "note"]


def test_ctrl_c_in_a_sink_ends_the_run_and_not_the_stream() -> None:
    received: list[RunEvent] = []

    def interrupted(event: RunEvent) -> None:
        if isinstance(event, StageStarted):
            raise KeyboardInterrupt

    stream = EventStream("r", [interrupted, received.append])
    with pytest.raises(KeyboardInterrupt):
        stream.emit(StageStarted("load"))
    stream.emit(RunFinished("interrupted"))
    assert [event.kind for event in received] == ["run_finished"]


def test_a_run_has_its_events_numbered_and_every_one_is_json(project: Project) -> None:
    received = run(project)
    assert [event.sequence for event in received] == list(range(1, len(received) + 1))
    (run_id,) = {event.run_id for event in received}
    assert run_id == project.published().run_id
    assert [from_json(event.to_json()) for event in received] == received
    assert isinstance(received[0], RunStarted)
    assert (received[0].project, received[0].target) == ("small", "dev")
    assert [event.stage for event in received if isinstance(event, StageFinished)] == list(STAGES)
    (published,) = [event for event in received if isinstance(event, Published)]
    assert {(table.name, table.rows) for table in published.tables} == {("raw.things", 3)}
    end = received[-1]
    assert isinstance(end, RunFinished)
    assert (end.status, end.published, end.validation) == ("success", published.path, "PASS")
    assert [stage.name for stage in end.stages] == list(STAGES)


def test_a_sink_that_raises_stops_neither_the_run_nor_its_record(project: Project) -> None:
    result = project.run(RunOptions(pipelines_only=True), emit=broken)
    assert result.status == "success"
    (record,) = History(project.loaded.state).runs()
    assert (record.run_id, record.status, record.published) == (result.run_id, "success", result.run_id)


def test_a_record_that_cannot_be_written_stops_no_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise SbdkError("the disk is full")

    monkeypatch.setattr(History, "start_run", full)
    received = run(project)
    (warning,) = [event for event in received if isinstance(event, Warned) and "HistorySink" in event.text]
    assert "the disk is full" in warning.text
    assert isinstance(received[-1], RunFinished)
    assert received[-1].status == "success"


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[EventStream, History]:
    history = History(tmp_path)
    return EventStream("r1", [sinks.HistorySink(history)]), history


def test_a_run_is_on_record_from_its_start(recorded: tuple[EventStream, History]) -> None:
    stream, history = recorded
    stream.emit(Noted("", "waiting for another run"))
    assert history.runs() == []
    stream.emit(RunStarted("sbdk dev --retry", "shop", "prod"))
    (record,) = history.runs()
    assert (record.run_id, record.status, record.command, record.target) == (
        "r1",
        "running",
        "sbdk dev --retry",
        "prod",
    )


@pytest.mark.parametrize("status", ["success", "up_to_date", "failed", "interrupted"])
def test_the_record_holds_how_it_ended(recorded: tuple[EventStream, History], status: str) -> None:
    stream, history = recorded
    stream.emit(RunStarted("sbdk dev", "shop", "dev"))
    stream.emit(RunFinished(status, seconds=2.5, published="/shop.duckdb"))  # type: ignore[arg-type]
    (record,) = history.runs()
    assert (record.status, record.seconds) == (status, 2.5)
    assert record.published == ("r1" if status == "success" else None)


def test_a_run_that_never_started_is_not_on_record(recorded: tuple[EventStream, History]) -> None:
    stream, history = recorded
    stream.emit(RunFinished("failed", seconds=30.0))
    assert history.runs() == []


def test_wrong_usage_is_refused_for_every_sink_and_leaves_no_record(project: Project) -> None:
    received: list[RunEvent] = []
    with pytest.raises(UsageError):
        project.run(RunOptions(dbt_only=True), emit=received.append)
    (end,) = received
    assert isinstance(end, RunFinished)
    assert (end.status, end.has_result) == ("refused", False)
    assert History(project.loaded.state).runs() == []


class Posted:
    """An alert sink whose webhook is a list."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.titles: list[str] = []
        monkeypatch.setattr(alerts, "post_json", lambda url, body, timeout: self.titles.append(body["text"]))
        alerter = alerts.Alerter("http://localhost", Alerts(), folder, silent)
        self.sink = alerts.AlertSink(alerter, "shop", "dev", lambda text: text.replace("hunter2", "***"))

    def ends(self, status: str, code: str | None = None) -> list[str]:
        """What is posted when a run ends like this."""
        before = len(self.titles)
        error = RunError(code, "password hunter2 was refused") if code else None
        self.sink(RunFinished(status, error=error, run_id="r"))  # type: ignore[arg-type]
        return self.titles[before:]


def test_alerts_are_of_failures_and_of_the_first_good_run_after_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = Posted(tmp_path, monkeypatch)
    assert posted.ends("success") == []
    assert posted.ends("failed", "load_failed") == ["shop (dev): a run failed: password *** was refused"]
    assert posted.ends("failed", CheckFailed.code) == ["shop (dev): a check failed: password *** was refused"]
    assert posted.ends("up_to_date") == ["shop (dev): runs again"]
    assert posted.ends("success") == []


def test_nobody_is_alerted_of_another_runs_lock_of_wrong_usage_or_of_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = Posted(tmp_path, monkeypatch)
    assert posted.ends("failed", LockHeld.code) == []
    assert posted.ends("refused", UsageError.code) == []
    assert posted.ends("interrupted") == []
    assert posted.ends("failed", DiskError.code) != []  # it was right that the others were none


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("sbdk dev", "dev"),
        ("sbdk start --port 0", "start"),
        ("sbdk quarantine replay", "api"),
        ("python dev", "api"),
        ("", "api"),
    ],
)
def test_the_usage_report_has_the_command_of_the_run_and_no_more_of_its_line(line: str, command: str) -> None:
    assert usage.usage_of(RunFinished("success", line))["data"]["command"] == command


def test_usage_is_reported_of_runs_that_came_to_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(usage, "_detach", sent.append)
    sink = usage.UsageSink("http://localhost", tmp_path)
    for end in (RunFinished("refused"), RunFinished("interrupted"), RunStarted("sbdk dev", "shop", "dev")):
        sink(end)
    assert sent == []
    sink(RunFinished("failed", "sbdk dev", error=RunError("load_failed", "secret")))
    (report,) = sent
    data = json.loads(report)["body"]["events"][0]["data"]
    assert (data["status"], data["error"], data["command"]) == ("failed", "load_failed", "dev")
    assert b"secret" not in report
