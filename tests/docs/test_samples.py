"""The pages of docs/samples/ show the present worlds, and enough of each."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from support.snippets import ROOT

SAMPLES = ROOT / "docs" / "samples"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    sys.path.insert(0, str(ROOT / "tools"))
    from samples import documents

    return documents()


def test_the_pages_are_current(made: dict[str, str]) -> None:
    assert {file.name for file in SAMPLES.iterdir()} == set(made)
    for name, text in made.items():
        assert (SAMPLES / name).read_text(encoding="utf-8") == text, "run tools/samples.py"


@pytest.mark.parametrize("page", sorted(path.name for path in SAMPLES.glob("*.md")))
def test_there_are_fifty_rows_of_each_table_or_all(page: str) -> None:
    for section in Path(SAMPLES, page).read_text(encoding="utf-8").split("\n## ")[1:]:
        shown, count = re.search(r"^([\d,]+) of ([\d,]+) rows\.$", section, re.MULTILINE).groups()
        assert int(shown) == min(50, int(count.replace(",", ""))) == section.count("\n| ") - 2
