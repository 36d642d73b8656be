"""report/*.yml: sections in the order of their names; errors name file, key and the nearest known one."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from sbdk.core.errors import ConfigError
from sbdk.spec.report import SHIPPED, json_schema, read_report, read_section, schema_text
from sbdk.spec.strict_yaml import load

TEMPLATES = Path(__file__).parents[2] / "src/sbdk/templates"
SHIPPED_FILES = sorted(TEMPLATES.glob("*/report/*.yml"))


def write(folder: Path, text: str, name: str = "1.yml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def one(keys: str) -> str:
    return f"title: A\ncharts:\n  - title: x\n    sql: select 1\n    {keys}\n"


def test_a_chart_takes_six_lines(tmp_path: Path) -> None:
    text = """title: Where customers are
charts:
  - title: Revenue by country
    sql: select country, sum(amount_usd) as revenue from fct_orders group by all
    x: revenue
    y: country
"""
    section = read_section(write(tmp_path, text))
    assert section.charts[0].x == "revenue"
    assert section.charts[0].limit == 1000


def test_sections_come_in_the_order_of_their_files(tmp_path: Path) -> None:
    for name in ("2-b.yml", "1-a.yml", "3-c.yml"):
        write(tmp_path, one("mark: table"), name)
    assert [section.name for section in read_report(tmp_path)] == ["1-a", "2-b", "3-c"]


def test_without_a_folder_nothing_is_declared(tmp_path: Path) -> None:
    assert read_report(tmp_path / "report") == []


def test_a_query_may_lie_in_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "top.sql").write_text("select 7 as seven, 8 as eight")
    path = write(tmp_path, "title: A\ncharts: [{title: x, sql: top.sql}]")
    assert read_section(path).charts[0].sql == "select 7 as seven, 8 as eight"


@pytest.mark.parametrize("name", ["none.sql", "../secret.sql", "/etc/hosts.sql"])
def test_a_query_file_lies_beside_or_nowhere(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (tmp_path / "secret.sql").write_text("select 1")
    with pytest.raises(ConfigError, match=r"sql: there is no "):
        read_section(write(folder, f"title: A\ncharts: [{{title: x, sql: {name}}}]"))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("title: A\nchart: []\n", "chart: unknown key", "did you mean 'charts'? known: title, text, charts"),
        (one("color: shop"), "charts.1.color: unknown key", "did you mean 'colour'?"),
        (one("mark: bars"), "charts.1.mark: 'bars' is not known", "did you mean 'bar'?"),
        (one("format: dollar"), "charts.1.format: 'dollar' is not known", "did you mean 'dollars'?"),
        (one("format: {x: persent}"), "charts.1.format.x: 'persent' is not known", "did you mean 'percent'?"),
        (one("reference: {att: 0}"), "charts.1.reference.att: unknown key", "did you mean 'at'?"),
        (one("reference: {at: soon}"), "charts.1.reference.at: must be a number, or a day like 2026-01-31", ""),
        (one("limit: 0"), "charts.1.limit: must be greater than or equal to 1, not 0", ""),
        (one("limit: 100000"), "charts.1.limit: must be less than or equal to 5000, not 100000", ""),
        (one("limit: many"), "charts.1.limit: must be a whole number, not 'many'", ""),
        (one("low: a"), "charts.1: low and high come together", ""),
        (one("mark: interval"), "charts.1: mark: interval needs low and high", ""),
        (one("y: [a, a]"), "charts.1.y: must be a column, or a list of different columns", ""),
        (one("y: []"), "charts.1.y: must be a column, or a list of different columns", ""),
        (one("{y: [a, b], mark: dot}").replace("{y", "y").replace("b], mark: dot}", "b]\n    mark: dot"), "series", ""),
        ("title: A\ncharts: [{title: x}]", "charts.1.sql: is missing", ""),
        ("title: A\ncharts: []", "charts: ", ""),
        ("- 1", "must be a mapping with title and charts", ""),
        ("", "must be a mapping with title and charts", ""),
        ("title: A\nfile: x\ncharts: []", "file: unknown key", ""),
        (one("mark: !!python/name:os.system x"), "tags are not allowed", ""),
    ],
)
def test_a_wrong_file_is_reported(text: str, message: str, hint: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_section(path)
    assert caught.value.file == str(path)
    assert message in caught.value.message
    assert (caught.value.hint or "").startswith(hint)


def test_the_shipped_schema_is_current() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_the_schema_accepts_the_shipped_files_and_refuses_a_wrong_key(path: Path) -> None:
    content = load(path)
    jsonschema.validate(content, json_schema())
    content["charts"][0]["colur"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(content)), json_schema())
