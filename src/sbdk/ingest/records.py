"""Reads landing files as records: each line as text, whatever its bytes are, in bounded memory and without errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.sql import quoted

LONGEST = 1 << 20
"""The longest record in bytes; of a longer one the first `KEPT` bytes are kept."""
KEPT = 4_096
_BLOCK = 16 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # which some programs write before UTF-8


@dataclass(frozen=True)
class LandingRecords:
    """Consecutive records of a file: text, error (why the line cannot be read; null if it can), number of the line."""

    text: pa.LargeStringArray
    error: pa.StringArray
    line: pa.Int64Array


def read_records(path: Path) -> Iterator[LandingRecords]:
    """The lines of a file in order. Numbers start at 0; empty lines are counted, but left out."""
    if path.suffix == ".parquet":
        yield from _read_parquet(path)
        return
    number = 0
    with path.open("rb") as file:
        for block in _whole_lines(file):
            lines = pc.split_pattern(pa.array([block], pa.large_binary()), pattern=b"\n").flatten()
            size = len(lines) - (1 if block.endswith(b"\n") else 0)
            yield _block_records(lines.slice(0, size), block, number)
            number += size


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """The file in blocks of whole lines. Of a line longer than LONGEST only enough is kept to recognize it."""
    rest = b""
    if file.read(len(_BYTE_ORDER_MARK)) != _BYTE_ORDER_MARK:
        file.seek(0)
    while data := file.read(_BLOCK):
        end = data.rfind(b"\n") + 1
        if end:
            yield rest + data[:end]
            rest = data[end:]
        elif len(rest) <= LONGEST:
            rest += data[: LONGEST + 1]
    if rest:
        yield rest


def _block_records(lines: pa.Array, block: bytes, number: int) -> LandingRecords:
    length = pc.binary_length(lines)
    not_empty = pc.and_(pc.greater(length, 0), pc.not_equal(lines, pa.scalar(b"\r", pa.large_binary())))
    numbers = pa.array(np.arange(number, number + len(lines))).filter(not_empty)
    lines = lines.filter(not_empty)
    longest = pc.max(length).as_py() or 0
    if longest <= LONGEST and b"\0" not in block:
        try:
            return LandingRecords(lines.cast(pa.large_string()), pa.nulls(len(lines), pa.string()), numbers)
        except pa.ArrowInvalid:
            pass
    read = [_decoded(line) for line in lines.to_pylist()]
    texts, errors = [text for text, _ in read], [error for _, error in read]
    return LandingRecords(pa.array(texts, pa.large_string()), pa.array(errors, pa.string()), numbers)


def _decoded(line: bytes) -> tuple[str, str | None]:
    """Text and error of a line; bytes that are not text become \\xNN."""
    if len(line) > LONGEST:
        return _escaped(line[:KEPT]), f"longer than {LONGEST:,} bytes, of which the first {KEPT:,} are kept"
    if b"\0" in line:
        return _escaped(line), "NUL among the characters"
    try:
        return line.decode(), None
    except UnicodeDecodeError as error:
        return _escaped(line), f"not UTF-8 at byte {error.start}"


def _escaped(line: bytes) -> str:
    return line.decode(errors="backslashreplace").replace("\0", "\\x00")


_UNREADABLE = "the file is no Parquet"


def _read_parquet(path: Path) -> Iterator[LandingRecords]:
    """Typed rows as JSON records, merged with the values in `_rescued_data`, which do not fit the types."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            names = [row[0] for row in connection.execute("describe from read_parquet(?)", [str(path)]).fetchall()]
            texts = connection.sql(_as_json(names), params=[str(path)]).to_arrow_table().column(0).combine_chunks()
    except duckdb.Error:
        text = pa.array([path.name], pa.large_string())
        yield LandingRecords(text, pa.array([_UNREADABLE]), pa.array([0], pa.int64()))
        return
    texts = texts.cast(pa.large_string())
    yield LandingRecords(texts, pa.nulls(len(texts), pa.string()), pa.array(np.arange(len(texts))))


def _as_json(names: list[str]) -> str:
    cells = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in names if name != "_rescued_data")
    if "_rescued_data" not in names:
        return f"select to_json(struct_pack({cells})) from read_parquet(?)"  # noqa: S608
    return f"""
        select case when _rescued_data is null then to_json(struct_pack({cells}))::varchar
          when not json_valid(_rescued_data) then _rescued_data
          else json_merge_patch(to_json(struct_pack({cells})), _rescued_data)::varchar end
        from read_parquet(?)
    """  # noqa: S608
