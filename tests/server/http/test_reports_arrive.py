"""The two ends of usage reports, as programs: a run with tracking on, and a server that keeps what it sent."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path


def sbdk(*words: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sbdk", *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_is_reported_to_a_server_which_keeps_what_the_command_shows(tmp_path: Path) -> None:
    for name in ("served", "reporting"):
        (tmp_path / name / "pipelines").mkdir(parents=True)
        (tmp_path / name / "dbt").mkdir()
        (tmp_path / name / "sbdk_config.json").write_text(json.dumps({"project": name, "datasets": []}))
    server = subprocess.Popen(
        [sys.executable, "-m", "sbdk", "webhooks", "--port", "0"],
        cwd=tmp_path / "served",
        env={**os.environ, "SBDK_WEBHOOKS__SECRET": "0123456789abcdef" * 2},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        found = re.search(r"http://\S+", server.stdout.readline())
        settings = {"SBDK_TRACKING__ENABLED": "true", "SBDK_TRACKING__ENDPOINT": found[0]}
        sbdk("dev", cwd=tmp_path / "reporting", **settings)
        until, shown = time.monotonic() + 30, {"last": {}}
        while not shown["last"] and time.monotonic() < until:
            shown = json.loads(sbdk("tracking", "--json", cwd=tmp_path / "reporting", **settings))
        assert shown["last"]["outcome"] == "sent"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    with sqlite3.connect(tmp_path / "served/.sbdk/server.sqlite") as database:
        ((uuid, name, data),) = database.execute("SELECT uuid, name, data FROM usage").fetchall()
    assert (uuid, name) == (shown["uuid"], "run")
    assert json.loads(data)["data"].keys() == shown["would_send"]["events"][0]["data"].keys()
