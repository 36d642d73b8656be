"""Every snippet of docs/pipelines.md, loaded as it stands."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "pipelines.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n# pipelines/(\w+\.py)\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_snippets_load(project, monkeypatch):
    assert len(SNIPPETS) == PAGE.count("```python")
    for name, text in SNIPPETS:
        (project.folder / name).write_text(text)
    (project.root / "data").mkdir()
    (project.root / "data" / "readings1.csv").write_text("station,degrees\n1,3.5\n2,\n")
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("SOURCES__WEATHER__WEATHER__API_KEY", "k")
    assert project.run() == {"changes": 10, "readings": 2, "stations": 2, "weather": 1}
    assert project.run() == {"readings": 2, "stations": 2, "weather": 1}
    counts = {table: project.sql(f"select count(*) from raw.{table}")[0][0] for table in ("changes", "stations")}
    assert counts == {"changes": 10, "stations": 2}
    assert project.sql("select station, degrees from raw.readings order by all") == [(1, 3.5), (2, None)]
