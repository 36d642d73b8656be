"""Lines of landing files, whatever their bytes: against splitting the whole file in plain Python."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.ingest import records
from sbdk.ingest.records import read_records

SMALL = {"_BLOCK": 24, "LONGEST": 16, "KEPT": 4}
"""Sizes at which a file of some hundred bytes has every kind of border."""

PIECES = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"{}", b"\xff", b"\0", "é".encode(), b"x" * 15, b"x" * 40, b" "])


def expected(content: bytes) -> list[tuple[int, str | None, bool]]:
    """Number, text (None: not compared) and soundness of each line that is not empty."""
    found = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n")):
        sound = len(line) <= SMALL["LONGEST"] and b"\0" not in line
        try:
            text = line.decode() if sound else None
        except UnicodeDecodeError:
            text, sound = None, False
        if line not in (b"", b"\r"):
            found.append((number, text, sound))
    return found


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(st.lists(PIECES).map(b"".join), st.binary(max_size=80)), mark=st.booleans())
def test_lines_are_those_of_the_file(tmp_path_factory: pytest.TempPathFactory, content: bytes, mark: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "some.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" * mark + content)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(records, name, value)
        read = list(read_records(path))
    found = [
        (number, text if fault is None else None, fault is None)
        for part in read
        for number, text, fault in zip(
            part.line.to_pylist(), part.text.to_pylist(), part.error.to_pylist(), strict=True
        )
    ]
    assert found == expected(path.read_bytes())


def test_what_is_no_text_is_shown_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(b"caf\xe9\n\0")
    found = [(part.text[0].as_py(), part.error[0].as_py()) for part in read_records(path)]
    assert found == [("caf\\xe9", "not UTF-8 at byte 3"), ("\\x00", "NUL among the characters")]


def test_a_long_line_takes_no_more_memory_than_a_block(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    with path.open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0, 2)
        file.write(b"\n{}\n")
    parts = list(read_records(path))
    assert sum(len(part.text) for part in parts) == 2
    assert sum(part.text.nbytes for part in parts) < 1 << 16


def test_parquet_comes_back_as_the_json_that_it_was(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    rows = """values (1, null), (null, '{"a":"n/a"}'), (null, '{"a":')"""
    duckdb.sql(f"copy (from ({rows}) as t(a, _rescued_data)) to '{path}' (format parquet)")
    (part,) = read_records(path)
    assert part.text.to_pylist() == ['{"a":1}', '{"a":"n/a"}', '{"a":']


def test_a_broken_parquet_file_is_one_record_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    path.write_bytes(b"PAR1 and no more")
    (part,) = read_records(path)
    assert (part.text.to_pylist(), part.error.to_pylist()) == (["some.parquet"], ["the file is no Parquet"])
