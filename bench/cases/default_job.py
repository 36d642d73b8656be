"""The default project: 10,000 users, 50,000 events, 20,000 orders, all models and tests."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.cases.projects import dev, project
from bench.measuring import Row, median, middle, run

BASELINE = Path(__file__).parent.parent / "baselines" / "rows_and_dicts.py"
IMPORTS = "import dlt, dlt.destinations; from dbt.cli.main import dbtRunner; import dbt.adapters.duckdb"


def rows() -> Iterator[Row]:
    imports = median([sys.executable, "-c", IMPORTS], runs=5).seconds
    with project() as folder:
        usual = _usual(folder)
        first, told = dev(folder)
        size = f"{told['dbt']['models']} models, {told['dbt']['tests_passed']} tests"
        yield Row("default project, first run", first.seconds, "s", "≤ 8 s", "Faker rows, dlt dicts, dbt", usual, size)
        again = middle([dev(folder, "--full-refresh")[0].seconds for _ in range(5)])
        yield Row("default project, second run", again, "s", "≤ 5 s", "Faker rows, dlt dicts, dbt", usual, size)
        yield Row("default project, second run", again, "s", "≤ 2 × the imports", "import dlt, then dbt", imports)
        same = middle([dev(folder)[0].seconds for _ in range(5)])
        yield Row("default project, nothing changed", same, "s", "≤ 1 s", "second run", again)


def _usual(folder: Path) -> float:
    """The job as it is usually written, on the same models; once, since it takes long."""
    work = Path(tempfile.mkdtemp(prefix="sbdk-usual-"))
    try:
        return run([sys.executable, str(BASELINE), str(work), str(folder / "dbt")]).seconds
    finally:
        shutil.rmtree(work, ignore_errors=True)
