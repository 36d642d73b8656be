"""From the save of a file to the rename of the published one, under `sbdk start`; beside `sbdk dev` from cold."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from bench.cases.projects import SBDK, dev, project
from bench.measuring import Row, middle

EDITS = 15
COLD = 5
MODEL = "dbt/models/marts/dim_users.sql"
CHECK = "checks/bench.sql"
PIPELINE = "pipelines/bench_things.py"
THINGS = """import dlt


@dlt.resource(name="bench_things", write_disposition="replace")
def bench_things():
    yield [{{"id": {number}}}]
"""

Edit = Callable[[int], str]
"""The text of a file after its n-th edit."""


def rows() -> Iterator[Row]:
    with project() as folder:
        model = (folder / MODEL).read_text()
        (folder / PIPELINE).write_text(THINGS.format(number=0))
        dev(folder)
        edits: list[tuple[str, str, Edit, str]] = [
            ("a model", MODEL, lambda n: f"{model}\n-- {n}\n", "≤ 1 s"),
            ("a check", CHECK, lambda n: f"select 1 where {n} < 0\n", ""),
            ("a pipeline", PIPELINE, lambda n: THINGS.format(number=n), ""),
        ]
        cold = {what: middle(_cold(folder, name, text)) for what, name, text, _ in edits}
        with _started(folder):
            for what, name, text, target in edits:
                taken = [_published_after(folder, name, text(1_000 + n)) for n in range(EDITS + 1)][1:]
                note = f"median of {EDITS}, worst {max(taken):.2f} s"
                yield Row(f"edit of {what} to published", middle(taken), "s", target, "sbdk dev", cold[what], note)


def _cold(folder: Path, name: str, text: Edit) -> list[float]:
    taken = []
    for number in range(COLD):
        (folder / name).write_text(text(number))
        taken.append(dev(folder)[0].seconds)
    return taken


@contextmanager
def _started(folder: Path) -> Iterator[None]:
    """A watch that has done its first run."""
    process = subprocess.Popen([SBDK, "start", "--no-dashboard"], cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        while "everything" not in process.stdout.readline():
            pass
        time.sleep(3)  # the worker that is kept gets ready
        yield
    finally:
        process.terminate()
        process.communicate()


def _published_after(folder: Path, name: str, text: str) -> float:
    """Seconds until another file stands where the published one stood."""
    published = folder / "data" / "dev.duckdb"
    before = os.stat(published).st_ino
    began = perf_counter()
    (folder / name).write_text(text)
    while os.stat(published).st_ino == before:
        if perf_counter() - began > 60:
            raise RuntimeError(f"an edit of {name} was not published within a minute")
        time.sleep(0.002)
    taken = perf_counter() - began
    time.sleep(0.5)  # as a person, who saves again when the first one is through
    return taken
