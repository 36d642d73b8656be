"""Usage reports: none unless asked for, nobody waits for them, and they say what `sbdk tracking` shows."""

from __future__ import annotations

import getpass
import json
import platform
import stat
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sbdk.core.event_stream import EventStream
from sbdk.core.events import RunFinished, StageSummary, TableRows, silent
from sbdk.observe.sinks.usage import tracking_state
from sbdk.project import Project
from sbdk.run.sinks import open_stream


class Collector:
    """A server with /register and /track/usage; `seen` holds (path, token, body)."""

    def __init__(self, stall=0.0):
        self.seen, self.stall = [], stall
        self.released = threading.Event()
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                double.released.wait(double.stall)
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                double.seen.append((self.path, self.headers["Authorization"], body))
                answer = json.dumps({"uuid": body["uuid"], "project": "anonymous", "token": "a-token"}).encode()
                self.send_response(201 if self.path == "/register" else 202)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def wait_for(self, number):
        until = time.monotonic() + 30
        while len(self.seen) < number and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.seen) == number
        return self.seen

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def collector():
    double = Collector()
    yield double
    double.close()


def project(folder: Path, **tracking) -> Project:
    (folder / "sbdk_config.json").write_text(json.dumps({"project": "top-secret-name", "tracking": tracking}))
    return Project(folder)


def track_run(project: Project) -> None:
    """What the sinks of a run do when it ends; nothing else of it happens."""
    stream: EventStream = open_stream(project.loaded, silent, report=True)
    tables = (TableRows("main.patients", 1234), TableRows("raw.raw_patients", 10))
    stream.emit(
        RunFinished(
            "success",
            "sbdk dev --full-refresh",
            2.345,
            None,
            "/secret/dev.duckdb",
            (StageSummary("load", "success"),),
            tables,
        )
    )


def last_outcome(folder: Path) -> str:
    """How the report fared, once it is on record."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        kept = json.loads((folder / ".sbdk/tracking.json").read_text())
        if "last" in kept:
            return kept["last"]["outcome"]
        time.sleep(0.02)
    raise AssertionError("no outcome was noted")


@pytest.mark.parametrize("settings", [{}, {"enabled": False}, {"enabled": True}])
def test_unless_turned_on_nothing_is_written(tmp_path, settings):
    track_run(project(tmp_path, **settings))
    assert not (tmp_path / ".sbdk").exists()


def test_turned_off_with_an_endpoint_nothing_is_sent(tmp_path, collector):
    track_run(project(tmp_path, enabled=False, endpoint=collector.url))
    time.sleep(0.5)
    assert collector.seen == []
    assert not (tmp_path / ".sbdk").exists()


def test_a_run_registers_once_and_reports_every_time(tmp_path, collector):
    shop = project(tmp_path, enabled=True, endpoint=collector.url)
    track_run(shop)
    collector.wait_for(2)
    assert last_outcome(tmp_path) == "sent"
    track_run(Project(tmp_path))
    register, first, second = collector.wait_for(3)
    uuid = register[2]["uuid"]
    assert register == ("/register", None, {"project": "anonymous", "uuid": uuid})
    assert [first[:2], second[:2]] == [("/track/usage", "Bearer a-token")] * 2
    assert first[2]["uuid"] == second[2]["uuid"] == uuid
    assert stat.S_IMODE((tmp_path / ".sbdk/tracking.json").stat().st_mode) == 0o600


def test_the_report_has_these_figures_and_no_name_path_or_table(tmp_path, collector):
    track_run(project(tmp_path, enabled=True, endpoint=collector.url))
    body = collector.wait_for(2)[1][2]
    (event,) = body["events"]
    assert set(body) == {"uuid", "events"}
    assert set(event) == {"name", "at", "data"}
    assert {
        key: event["data"][key] for key in ("command", "status", "seconds", "tables", "rows_magnitude", "error")
    } == {
        "command": "dev",
        "status": "success",
        "seconds": 2.3,
        "tables": 2,
        "rows_magnitude": 4,
        "error": None,
    }
    text = json.dumps(body)
    for private in (
        "secret",
        "patients",
        str(tmp_path),
        str(Path.home()),
        platform.node(),
        getpass.getuser(),
        time.strftime("%Y%m%dT", time.gmtime()),
        "refresh",
    ):
        assert private not in text


def test_what_is_shown_has_the_shape_of_what_is_sent(tmp_path, collector):
    shop = project(tmp_path, enabled=True, endpoint=collector.url, uuid="11111111-2222-4333-8444-555555555555")
    shown = tracking_state(shop.loaded)["would_send"]
    track_run(shop)
    sent = collector.wait_for(2)[1][2]
    assert sent["uuid"] == shown["uuid"] == "11111111-2222-4333-8444-555555555555"
    assert sent["events"][0].keys() == shown["events"][0].keys()
    assert sent["events"][0]["data"].keys() == shown["events"][0]["data"].keys()


def test_a_token_from_the_environment_needs_no_registration(tmp_path, collector, monkeypatch):
    monkeypatch.setenv("SBDK_TRACKING__TOKEN", "canary-token")
    track_run(project(tmp_path, enabled=True, endpoint=collector.url))
    assert collector.wait_for(1)[0][:2] == ("/track/usage", "Bearer canary-token")
    last_outcome(tmp_path)
    assert "canary-token" not in (tmp_path / ".sbdk/tracking.json").read_text()


def test_nobody_waits_for_a_server_that_stalls(tmp_path):
    double = Collector(stall=None)  # until it is closed
    shop = project(tmp_path, enabled=True, endpoint=double.url)
    track_run(shop)
    assert double.seen == []
    assert "last" not in json.loads((tmp_path / ".sbdk/tracking.json").read_text()), "it waited for an outcome"
    double.close()


def test_a_server_that_is_not_there_is_noted_and_no_more(tmp_path, collector):
    collector.close()
    track_run(project(tmp_path, enabled=True, endpoint=collector.url))
    assert last_outcome(tmp_path).startswith("not sent: ")


@pytest.mark.parametrize("content", ["", "[]", '{"uuid": 5, "last": 3}', "\x00"])
def test_a_damaged_note_does_not_hurt(tmp_path, collector, content):
    (tmp_path / ".sbdk").mkdir()
    (tmp_path / ".sbdk/tracking.json").write_text(content)
    shop = project(tmp_path, enabled=True, endpoint=collector.url)
    assert tracking_state(shop.loaded)["last"] == {}
    track_run(shop)
    collector.wait_for(2)
