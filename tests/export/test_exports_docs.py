"""The Python of docs/exports.md works as it stands, and reads what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sbdk.export import formats, write
from support.export_worlds import TinyWorld, row

PAGE = Path(__file__).parents[2] / "docs" / "exports.md"
ROWS = 300


def snippets() -> list[str]:
    blocks = PAGE.read_text("utf-8").split("```")[1::2]
    return [block.removeprefix("python\n") for block in blocks if block.startswith("python\n")]


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each snippet defines, run in a folder with exports."""
    monkeypatch.chdir(tmp_path)
    write(TinyWorld(raw_users=ROWS, raw_orders=ROWS), [], Path("copy"))
    write(TinyWorld(raw_users=ROWS, raw_orders=ROWS), ["raw_users"], Path("export"), "csv", raw=True)
    write(TinyWorld(raw_users=ROWS, raw_orders=ROWS - 1), ["raw_orders"], Path("export"), "jsonl")
    found: list[dict[str, Any]] = []
    for snippet in snippets():
        found.append({})
        exec(compile(snippet, str(PAGE), "exec"), found[-1])
    return found


def test_every_snippet_reads_what_was_written(names: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    by_duckdb, by_pyarrow, by_json, proof = names
    texts = [row(number)["text"] for number in range(ROWS)]
    assert by_duckdb["users"].to_arrow_table()["text"].to_pylist() == texts
    assert by_pyarrow["users"]["text"].to_pylist() == texts
    assert [order["amount"] for order in by_json["orders"]] == [row(number)["amount"] for number in range(ROWS - 1)]
    assert (proof["difference"].table, proof["difference"].kind) == ("raw_orders", "content")


def test_every_format_is_on_the_page() -> None:
    head = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| | parquet"))
    assert {name.strip() for name in head.strip("|").split("|") if name.strip()} == set(formats)
