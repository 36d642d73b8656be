"""docs/reports.md: its charts are drawn, its tables are complete, its commands work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest

from sbdk.app.report import make_report
from sbdk.project import Project
from sbdk.spec.report import MOST_ROWS, Chart, Format, Mark
from support.shops import Shop

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def own(built_saas: Shop) -> Shop:
    """The project, with the page's files in place of its own."""
    for old in (built_saas.path / "report").iterdir():
        old.unlink()
    for number, text in enumerate(SNIPPETS):
        built_saas.write(f"report/{number}.yml", text)
    return built_saas


def test_every_chart_of_the_page_is_drawn(own: Shop) -> None:
    report = make_report(Project(own.path))
    assert report.errors == []
    pictures = [picture for part in report.sections for picture in part.charts]
    assert [picture.mark for picture in pictures] == ["bar", "line", "interval"]
    assert all(picture.rows for picture in pictures)


def test_its_command_prints_what_the_docs_show(own: Shop) -> None:
    [command, shown] = re.findall(r"^```console\n\$ (.*)\n(.*)\n```", PAGE, re.MULTILINE)[0]
    answer = own.sbdk(*shlex.split(command)[1:])
    assert answer.code == 0
    shape = r"\d+ charts of run \S+ → report.html  \(\d+ KB\)"
    assert re.fullmatch(shape, shown)
    assert re.fullmatch(shape, answer.out.strip())


def test_its_tables_are_complete() -> None:
    marks = re.findall(r"^\| `(\w+)` \|", PAGE.split("## Marks")[1].split("## Keys")[0], re.MULTILINE)
    assert marks == list(get_args(Mark))
    keys = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE.split("## Keys")[1], re.MULTILINE)))
    assert sorted(keys) == sorted(Chart.model_fields)
    formats = PAGE.split("Formats: ")[1].split("Columns are read")[0]
    assert re.findall(r"`(\w+)`", formats) == list(get_args(Format))
    assert f"{MOST_ROWS:,} at most" in PAGE
