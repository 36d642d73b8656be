"""Landing files as records: each line a text, whatever its bytes are. No line can stop a load or fill the memory."""

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
"""Bytes of a record; of a longer one the first `KEPT` are kept."""
KEPT = 4_096
_BLOCK = 16 << 20
_MARK = b"\xef\xbb\xbf"  # which some programs put before UTF-8


@dataclass(frozen=True)
class Records:
    """Consecutive records of a file: their text, why it is no record (null: it may be one), and the lines' numbers."""

    text: pa.LargeStringArray
    fault: pa.StringArray
    line: pa.Int64Array


def read_records(path: Path) -> Iterator[Records]:
    """The lines of a file in order, but for empty ones, which count for the numbers (from 0) only."""
    if path.suffix == ".parquet":
        yield from _of_parquet(path)
        return
    number = 0
    with path.open("rb") as file:
        for block in _whole_lines(file):
            lines = pc.split_pattern(pa.array([block], pa.large_binary()), pattern=b"\n").flatten()
            size = len(lines) - (1 if block.endswith(b"\n") else 0)
            yield _records(lines.slice(0, size), block, number)
            number += size


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """The file in pieces that end where a line ends. Of an endless line enough is kept to show that it is one."""
    rest = b""
    if file.read(len(_MARK)) != _MARK:
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


def _records(lines: pa.Array, block: bytes, number: int) -> Records:
    length = pc.binary_length(lines)
    there = pc.and_(pc.greater(length, 0), pc.not_equal(lines, pa.scalar(b"\r", pa.large_binary())))
    numbers = pa.array(np.arange(number, number + len(lines))).filter(there)
    lines = lines.filter(there)
    longest = pc.max(length).as_py() or 0
    if longest <= LONGEST and b"\0" not in block:
        try:
            return Records(lines.cast(pa.large_string()), pa.nulls(len(lines), pa.string()), numbers)
        except pa.ArrowInvalid:
            pass
    read = [_one(line) for line in lines.to_pylist()]
    texts, faults = [text for text, _ in read], [fault for _, fault in read]
    return Records(pa.array(texts, pa.large_string()), pa.array(faults, pa.string()), numbers)


def _one(line: bytes) -> tuple[str, str | None]:
    """A line that may not be text; what is not shows as \\xNN."""
    if len(line) > LONGEST:
        return _shown(line[:KEPT]), f"longer than {LONGEST:,} bytes, of which the first {KEPT:,} are kept"
    if b"\0" in line:
        return _shown(line), "NUL among the characters"
    try:
        return line.decode(), None
    except UnicodeDecodeError as error:
        return _shown(line), f"not UTF-8 at byte {error.start}"


def _shown(line: bytes) -> str:
    return line.decode(errors="backslashreplace").replace("\0", "\\x00")


_UNREADABLE = "the file is no Parquet"


def _of_parquet(path: Path) -> Iterator[Records]:
    """Typed rows as the JSON that they were; `_rescued_data` holds what their types could not."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            names = [row[0] for row in connection.execute("describe from read_parquet(?)", [str(path)]).fetchall()]
            texts = connection.sql(_as_json(names), params=[str(path)]).to_arrow_table().column(0).combine_chunks()
    except duckdb.Error:
        text = pa.array([path.name], pa.large_string())
        yield Records(text, pa.array([_UNREADABLE]), pa.array([0], pa.int64()))
        return
    texts = texts.cast(pa.large_string())
    yield Records(texts, pa.nulls(len(texts), pa.string()), pa.array(np.arange(len(texts))))


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
