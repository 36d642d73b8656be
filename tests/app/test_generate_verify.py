"""`sbdk generate` and `sbdk verify`: files, a manifest, and the proof of a copy."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from support.shops import SMALL, Shop


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_what_is_written_is_proven_and_one_changed_cell_is_found(form: str, built_once: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = built_once.sbdk("generate", "--out", str(out), "--format", form, "--json")
    assert told.code == 0, told
    assert {name: entry["rows"] for name, entry in told.object["tables"].items()} == {
        f"raw_{name}": count for name, count in SMALL.items()
    }
    manifest = str(out / "manifest.json")
    assert built_once.sbdk("verify", manifest, "--json").object == {"same": True, "differences": []}
    assert built_once.sbdk("verify", manifest, str(built_once.published)).code == 0
    file = out / f"raw_users.{form}"
    if form == "parquet":
        file.write_bytes(file.read_bytes()[:-9])
    else:
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join([*lines, lines[-1]]))
    answer = built_once.sbdk("verify", manifest, "--json")
    assert answer.code == 1
    assert {found["table"] for found in answer.object["differences"]} == {"raw_users"}


def test_a_slice_is_the_same_rows(built_once: Shop, tmp_path: Path) -> None:
    for name, rows in (("all", ()), ("some", ("--rows", "50:60"))):
        out = str(tmp_path / name)
        assert built_once.sbdk("generate", "raw_users", "--out", out, "--format", "csv", *rows).code == 0
    whole, part = (
        list(csv.DictReader((tmp_path / name / "raw_users.csv").open(newline=""))) for name in ("all", "some")
    )
    assert part == whole[50:60]
    entry = json.loads((tmp_path / "some/manifest.json").read_text())["tables"]["raw_users"]
    assert (entry["rows"], entry["row_range"]) == (10, [50, 60])


def test_other_files_in_the_folder_are_kept(built_once: Shop, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for table in ("raw_users", "raw_orders"):
        assert built_once.sbdk("generate", table, "--out", str(tmp_path)).code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "notes.txt", "manifest.json", "raw_users.parquet", "raw_orders.parquet",
    }  # fmt: skip
    assert set(json.loads((tmp_path / "manifest.json").read_text())["tables"]) == {"raw_users", "raw_orders"}


def test_a_csv_with_other_separators_is_described_in_a_sentence(built_once: Shop, tmp_path: Path) -> None:
    assert built_once.sbdk("generate", "raw_users", "--out", str(tmp_path), "--format", "csv").code == 0
    file = tmp_path / "raw_users.csv"
    file.write_text(file.read_text().replace(",", ";"))
    answer = built_once.sbdk("verify", str(tmp_path / "manifest.json"), "--json")
    assert answer.code == 1
    assert "separated by ';', not by a comma" in answer.object["differences"][0]["text"]
