"""`sbdk add files`: every format and encoding comes in as what it says, new and changed files only."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from support.shops import Shop, make


@pytest.fixture
def project(tmp_path: Path) -> Shop:
    shop = make(tmp_path, template="blank")
    (shop.path / "data").mkdir()
    return shop


def test_text_in_every_encoding_and_format(project: Shop) -> None:
    data = project.path / "data"
    (data / "latin.csv").write_bytes('id;name\n1;Zoë\n2;"zwei\nZeilen"\n'.encode("latin-1"))
    (data / "wide.csv").write_bytes("id,name\n1,Zoë\n".encode("utf-16"))
    (data / "bom.csv").write_bytes(b"\xef\xbb\xbf" + "id,name\n1,Zoë\n".encode())
    (data / "packed.csv.gz").write_bytes(gzip.compress("1\tZoë\n".encode()))
    (data / "lines.jsonl").write_text('{"id": 1, "name": "Zoë"}\n', encoding="utf-8")
    (data / "list.json").write_text(json.dumps([{"id": 1, "name": "Zoë"}]))
    parquet.write_table(pa.table({"id": [1], "name": ["Zoë"]}), data / "table.parquet")
    book = openpyxl.Workbook()
    for row in (["id", "name"], [1, "Zoë"]):
        book.active.append(row)
    book.save(data / "book.xlsx")
    for name, options in {
        "latin": ["data/latin.csv", "--encoding", "latin-1", "--delimiter", ";"],
        "wide": ["data/wide.csv", "--encoding", "utf-16"],
        "bom": ["data/bom.csv"],
        "packed": ["data/packed.csv.gz", "--delimiter", "tab", "--columns", "id,name"],
        "lines": ["data/lines.jsonl"],
        "list_": ["data/list.json"],
        "table_": ["data/table.parquet"],
        "book": ["data/book.xlsx"],
    }.items():
        answer = project.sbdk("add", "files", name, "--path", *options, "--json")
        assert answer.code == 0, answer
        assert answer.object["preview"][0]["name"] == "Zoë"
    project.dev()
    for name in ("wide", "bom", "packed", "lines", "list_", "table_", "book"):
        table = name.replace("_", "x") if name.endswith("_") else name
        assert project.query(f"SELECT id, name FROM raw.{table}") == [(1, "Zoë")], name
    assert project.query("SELECT id, name FROM raw.latin ORDER BY 1") == [(1, "Zoë"), (2, "zwei\nZeilen")]


def test_only_new_and_changed_files_and_other_columns(project: Shop) -> None:
    data = project.path / "data"
    (data / "p1.csv").write_text("id,price\n1,10\n2,20\n")
    project.sbdk("add", "files", "prices", "--path", "data/p*.csv")
    project.dev()
    (data / "p2.csv").write_text("id,price,currency\n3,30,EUR\n")
    project.dev()
    (data / "p2.csv").write_text("id,price,currency\n3,33,EUR\n4,44,USD\n")
    project.dev()
    assert project.dev()["status"] == "up_to_date"
    rows = project.query("SELECT id, price, currency, _source FROM raw.prices ORDER BY 1")
    assert rows == [
        (1, 10, None, "p1.csv"),
        (2, 20, None, "p1.csv"),
        (3, 33, "EUR", "p2.csv"),
        (4, 44, "USD", "p2.csv"),
    ]


@pytest.mark.parametrize(
    ("options", "said", "code"),
    [
        (["--path", "data/none*.csv"], "no rows", 1),
        (["--path", "data/a.xml"], "known", 2),
        (["--path", "data/a.csv", "--encoding", "latin-99"], "encoding", 2),
        ([], "--path is missing", 2),
    ],
)
def test_what_is_wrong_is_a_sentence_and_nothing_is_written(
    project: Shop, options: list[str], said: str, code: int
) -> None:
    answer = project.sbdk("add", "files", "a", *options)
    assert (answer.code, said in answer.err) == (code, True), answer
    assert not (project.path / "pipelines" / "a.py").exists()
