"""The retail default project: a day of dirty streams to bronze, silver and gold, with its tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.cases.projects import SBDK, dev
from bench.measuring import Row, middle, run


def rows() -> Iterator[Row]:
    scratch = Path(tempfile.mkdtemp(prefix="sbdk-bench-"))
    try:
        run([SBDK, "init", "apparel", "--template", "retail", "--yes"], cwd=scratch)
        folder = scratch / "apparel"
        first, told = dev(folder)
        size = f"{told['dbt']['models']} models, {told['dbt']['tests_passed']} tests"
        yield Row("retail default project, first run", first.seconds, "s", "", note=size)
        again = middle([dev(folder, "--full-refresh")[0].seconds for _ in range(5)])
        yield Row("retail default project, second run", again, "s", "≤ 6 s", note=size)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
