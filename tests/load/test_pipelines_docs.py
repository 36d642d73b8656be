"""Every snippet of docs/pipelines.md, loaded as it stands."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from sbdk.load.session import scheduled_interval

PAGE = (Path(__file__).parents[2] / "docs" / "pipelines.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n# pipelines/(\w+\.py)\n(.*?)```", PAGE, flags=re.DOTALL)
COUNTED = {"changes": 10, "stations": 2, "readings_by_day": 31}


def test_the_snippets_load(project, monkeypatch):
    assert len(SNIPPETS) == PAGE.count("```python")
    for name, text in SNIPPETS:
        (project.folder / name).write_text(text)
    (project.root / "data").mkdir()
    (project.root / "data" / "readings1.csv").write_text("station,degrees\n1,3.5\n2,\n")
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("SOURCES__WEATHER__WEATHER__API_KEY", "k")
    always = {"readings": 2, "stations": 2, "weather": 1}
    assert project.run() == {"changes": 10, "readings_by_day": 31, **always}
    assert project.run() == always
    with scheduled_interval((datetime(2026, 1, 10), datetime(2026, 1, 20))):
        assert project.run() == {"readings_by_day": 10, **always}
    assert project.run() == always
    counts = {table: project.sql(f"select count(*) from raw.{table}")[0][0] for table in COUNTED}
    assert counts == COUNTED
    assert project.sql("select station, degrees from raw.readings order by all") == [(1, 3.5), (2, None)]
