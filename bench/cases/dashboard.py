"""The dashboard of `sbdk start` as a browser has it: first paint, and the preview of a table of 10 M rows.

The baseline is a bare FastAPI page with a static table, in the same browser and the same minutes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from bench.cases.projects import dev, project
from bench.measuring import Row, middle

ROWS = 10_000_000
TIMES = 15
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
BIG = f"""create or replace table main.big as select i as id, 'user ' || i as name, (i * 7919) % 1000 / 10.0 as amount,
          timestamp '2025-01-01' + interval (i) second as at, i % 3 = 0 as flag from range({ROWS}) t(i)"""


def rows() -> Iterator[Row]:
    with project() as folder:
        dev(folder)
        dev(folder, "--advance", "1d")
        with _bare() as bare, _dashboard(folder) as url:
            bare_paint = _paints(f"{bare}/")
            for name, path in (("runs", "/"), ("lineage", "/lineage"), ("tables", "/tables"), ("SQL", "/sql")):
                paint, note = _paints(url + path), f"median of {TIMES}, a new browser profile each"
                yield Row(f"first paint, {name}", paint, "ms", "≤ 300 ms", "bare FastAPI page", bare_paint, note)
        _publish_big(folder)
        with _bare() as bare, _dashboard(folder) as url:
            plain = _answers(f"{bare}/")
            for name, start in (("first rows", 0), ("last rows", ROWS - 50)):
                took = _answers(f"{url}/table?schema=main&name=big&start={start}")
                yield Row(f"preview of {ROWS:,} rows, {name}", took, "ms", "≤ 200 ms", "bare FastAPI page", plain)
            yield Row(
                "… profile of it, from a sample", _answers(f"{url}/table/profile?schema=main&name=big", 1), "ms", ""
            )


def _paints(url: str) -> float:
    """Chromium's first contentful paint, ms, with nothing cached."""
    from playwright.sync_api import sync_playwright

    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for _ in range(TIMES + 1):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            page.goto(url, wait_until="load")
            while not (paint := float(page.evaluate(PAINT))):  # in a loop of ours: the pages forbid eval
                page.wait_for_timeout(20)
            taken.append(paint)
            context.close()
        browser.close()
    return middle(taken[1:])


def _answers(url: str, times: int = TIMES) -> float:
    with httpx.Client(timeout=60) as client:
        if times > 1:
            client.get(url)
        return middle([client.get(url).raise_for_status().elapsed.total_seconds() * 1000 for _ in range(times)])


@contextmanager
def _dashboard(folder: Path) -> Iterator[str]:
    """The pages in a process of their own, as `sbdk start` serves them, without the watcher's work."""
    code = (
        "import sys; from sbdk.core.event_stream import Broadcast; from sbdk.project import Project;"
        "from sbdk.server.dashboard import create_app; from sbdk.server.http.server import Server;"
        "app = create_app(Project(sys.argv[1]), Broadcast());"
        "Server(app, on_stop=app.stop).run(lambda url: print(url, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def _bare() -> Iterator[str]:
    from sbdk.server.http.server import Server

    app = FastAPI()
    cells = "".join(f"<tr>{''.join(f'<td>{row * 8 + at}</td>' for at in range(8))}</tr>" for row in range(50))

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        return f"<!doctype html><title>bare</title><table>{cells}</table>"

    server = Server(app)
    url = server.start()
    try:
        yield url
    finally:
        server.stop()


def _publish_big(folder: Path) -> None:
    from sbdk.project import Project
    from sbdk.state.history import new_run_id

    warehouse, run_id = Project(folder).warehouse(), new_run_id()
    current = warehouse.current()
    facts: dict[str, Any] = current.facts if current else {}
    time.sleep(1)  # a run id has a resolution of a second
    build = warehouse.begin(run_id)
    with build.connect() as connection:
        connection.execute(BIG)
    warehouse.publish(build, run_id, facts)
