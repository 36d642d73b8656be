"""`sbdk start`: from the write of a model's file to the rename of the published one; beside `sbdk dev` from cold."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cases.projects import SBDK, dev, project
from bench.measuring import Row, middle

TIMES = 20
COLD = 5
PAUSE = 1.2  # seconds between two edits: as fast as a person saves
MODELS = {"one model": "marts/dim_users", "a model with three below it": "intermediate/int_user_orders"}


def rows() -> Iterator[Row]:
    with project() as folder:
        dev(folder)
        cold = {name: middle([_edited_cold(folder, model) for _ in range(COLD)]) for name, model in MODELS.items()}
        with _started(folder):
            for name, model in MODELS.items():
                taken = []
                for _ in range(TIMES):
                    taken.append(_edit_to_published(folder, model))
                    time.sleep(PAUSE)
                note = f"median of {TIMES} edits"
                yield Row(f"edit to published, {name}", middle(taken), "s", "≤ 1 s", "sbdk dev", cold[name], note)
                yield Row(f"… worst of {TIMES}", max(taken), "s", "", "sbdk dev", cold[name])


def _edited_cold(folder: Path, model: str) -> float:
    _write(folder, model)
    return dev(folder)[0].seconds


def _edit_to_published(folder: Path, model: str) -> float:
    published = folder / "data" / "dev.duckdb"
    before = os.stat(published).st_ino
    began = time.perf_counter()
    _write(folder, model)
    while os.stat(published).st_ino == before:
        if time.perf_counter() - began > 60:
            raise RuntimeError(f"{model} was edited and nothing was published")
        time.sleep(0.001)
    return time.perf_counter() - began


def _write(folder: Path, model: str) -> None:
    path = folder / "dbt" / "models" / f"{model}.sql"
    text = path.read_text().partition("\n-- edited at ")[0]
    path.write_text(f"{text}\n-- edited at {time.time_ns()}\n")


@contextmanager
def _started(folder: Path) -> Iterator[None]:
    """`sbdk start` with its dashboard, once it has said that the project is up to date."""
    command = [SBDK, "start", "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "up to date" in line or "✓" in line:
                break
        time.sleep(5)  # the worker imports dbt and parses
        yield
    finally:
        process.terminate()
        process.communicate()
