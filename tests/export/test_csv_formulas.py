"""CSV texts that a spreadsheet would run as formulas are made harmless, and verify undoes it."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.export import verify, write
from sbdk.export.csv import escape_formulas, unescape_formulas
from support.export_worlds import TinyWorld, row

RISKY = "=+-@\t\r"


def texts(path: Path, column: str) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [cells[column] for cells in csv.DictReader(file)]


def test_no_text_starts_like_a_formula(tmp_path: Path) -> None:
    write(TinyWorld(things=400), [], tmp_path, "csv")
    for column in ("text", "colour", "mail"):
        found = texts(tmp_path / "things.csv", column)
        assert not [text for text in found if text[:1] and text[0] in RISKY]
    assert "'=HYPERLINK(1)" in texts(tmp_path / "things.csv", "text")
    assert verify(tmp_path) == []


def test_numbers_keep_their_minus(tmp_path: Path) -> None:
    write(TinyWorld(things=400), [], tmp_path, "csv")
    expected = ["" if row(n)["small"] is None else str(row(n)["small"]) for n in range(400)]
    assert texts(tmp_path / "things.csv", "small") == expected
    assert any(text.startswith("-") for text in expected)


def test_raw_leaves_texts_alone(tmp_path: Path) -> None:
    write(TinyWorld(things=400), [], tmp_path, "csv", raw=True)
    assert texts(tmp_path / "things.csv", "text") == [row(n)["text"] or "" for n in range(400)]
    assert verify(tmp_path) == []


@given(st.lists(st.none() | st.text(alphabet="'=+-@\t\rab", max_size=6)))
def test_guarding_can_always_be_undone(cells: list[str | None]) -> None:
    guarded = escape_formulas(pa.array(cells, pa.string()))
    assert unescape_formulas(guarded).to_pylist() == cells
    assert not [text for text in guarded.to_pylist() if text and text[0] in RISKY]


@pytest.mark.parametrize("text", ["a=b", "", "'", "'a", "''", " =1", "日=本"])
def test_harmless_texts_are_not_touched(text: str) -> None:
    assert escape_formulas(pa.array([text])).to_pylist() == [text]
