"""`sbdk score` of the retail warehouse after a day of 1 M sales: the whole command, as a user waits for it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measuring import Row, middle, run

SALES_PER_BATCH = 3_473
"""Times 288 batches: 1,000,224 sales."""
SBDK = [sys.executable, "-m", "sbdk"]


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        project = made(Path(folder))
        samples = [run([*SBDK, "score", "--fail-under", "100"], cwd=project) for _ in range(3)]
        received = json.loads(run([*SBDK, "score", "--json"], cwd=project).output)["conservation"][-1]["received"]
    note = f"{received:,} sales received"
    yield Row("score of 1 M sales", middle([sample.seconds for sample in samples]), "s", "≤ 5 s", note=note)
    yield Row("… peak memory of any process", max(sample.peak_mb for sample in samples), "MB", "", note="dev included")


def made(folder: Path) -> Path:
    """A retail project after its first run."""
    run([*SBDK, "init", "apparel", "--template", "retail", "--yes"], cwd=folder)
    project = folder / "apparel"
    file = project / "sbdk_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "streams": {"sales_per_batch": SALES_PER_BATCH}}))
    run([*SBDK, "dev"], cwd=project)
    return project
