"""What is kept between runs to save time changes nothing, and is thrown away when in doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbdk.transform.worker_process.parse_cache import FILE, ParseCache
from support.tiny_project import TinyProject, query

CODE = compile("6 * 7", "<template>", "eval")


def test_a_build_with_kept_code_makes_the_same_tables(project: TinyProject) -> None:
    kept = project.target / FILE
    kept.unlink()
    second = project.new_database("second")
    for database in (project.database, second):
        with project.start() as worker:
            result = worker.build(database)
        assert result.ok
        assert kept.stat().st_size > 10_000
    everything = "select * from stg_orders natural join dim_users order by all"
    assert query(project.database, everything) == query(second, everything) != []


def test_it_comes_back_in_the_next_process(tmp_path: Path) -> None:
    first = ParseCache(str(tmp_path))
    first.keep_template("{{ x }}", CODE)
    first.keep_schema("a.B", {"type": "object", "required": ["x"]})
    first.save()
    later = ParseCache(str(tmp_path))
    later.read()
    code = later.template("{{ x }}")
    assert code is not None
    assert eval(code) == 42
    assert later.schema("a.B") == {"type": "object", "required": ["x"]}
    assert later.template("{{ y }}") is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:100] + b"?" + b[101:], lambda b: b""])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: object) -> None:
    first = ParseCache(str(tmp_path))
    first.keep_template("{{ x }}" * 50, CODE)
    first.save()
    file = tmp_path / FILE
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    later = ParseCache(str(tmp_path))
    later.read()
    assert later.template("{{ x }}" * 50) is None


def test_other_versions_start_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ParseCache(str(tmp_path))
    first.keep_template("{{ x }}", CODE)
    first.save()
    monkeypatch.setattr("sbdk.transform.worker_process.parse_cache.version", lambda name: "9.9")
    later = ParseCache(str(tmp_path))
    later.read()
    assert later.template("{{ x }}") is None
