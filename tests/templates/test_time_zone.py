"""Where the machine stands has no part in the marts: times with a zone become UTC."""

from __future__ import annotations

import json
from pathlib import Path

from support import shops

SOURCE = """
import dlt

@dlt.resource(write_disposition="replace")
def deliveries():
    yield {"delivered_at": "2025-03-01T01:30:00Z"}
"""
MODEL = "select cast(delivered_at as timestamp) as at, cast(delivered_at as date) as day from raw.deliveries"
CHECK = "select * from raw.deliveries where cast(delivered_at as date) <> date '2025-03-01'"


def sbdk(folder: Path, *words: str) -> str:
    done = shops.sbdk(*words, cwd=folder, TZ="Pacific/Honolulu")
    assert done.code == 0, done
    return done.out


def test_a_machine_in_honolulu_makes_what_one_in_london_does(tmp_path: Path) -> None:
    sbdk(tmp_path, "init", "mine", "--template", "blank", "--yes")
    project = tmp_path / "mine"
    (project / "pipelines" / "deliveries.py").write_text(SOURCE)
    for name, kind in (("stored", "table"), ("seen", "view")):
        (project / "dbt" / "models" / f"{name}.sql").write_text(f"{{{{ config(materialized='{kind}') }}}} {MODEL}")
    (project / "checks" / "is_of_march.sql").write_text(CHECK)
    sbdk(project, "dev")
    (row,) = json.loads(sbdk(project, "query", "from stored intersect from seen", "--json"))
    assert (row["at"], row["day"]) == ("2025-03-01T01:30:00", "2025-03-01")
