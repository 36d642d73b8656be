"""Random bytes changed in an export: it is found, or DuckDB agrees that nothing changed; never a crash."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk.export import verify, write
from support.duckdb_reader import by_duckdb
from support.export_worlds import TinyWorld, row

ROWS = 200
WORLD = TinyWorld(things=ROWS)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One byte, or some, changed; sometimes the end is missing as well."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 5, 50])):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.1 else changed)


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
def test_random_damage_is_found(tmp_path: Path, format: str) -> None:
    _campaign(tmp_path, format, range(60))


@pytest.mark.faults
@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
def test_random_damage_is_found_thousands_of_times(tmp_path: Path, format: str) -> None:
    _campaign(tmp_path, format, range(60, 3_000))


def _campaign(folder: Path, format: str, seeds: range) -> None:
    write(WORLD, [], folder, format, raw=True)
    path = folder / f"things.{format}"
    whole = path.read_bytes()
    expected = [row(number) for number in range(ROWS)]
    for seed in seeds:
        path.write_bytes(damaged(whole, random.Random(seed)))
        if not verify(folder, dataset=WORLD):
            assert _seen_by_duckdb(path, format) in (expected, None), f"seed {seed}"


def _seen_by_duckdb(path: Path, format: str) -> list[dict[str, Any]] | None:
    """None if it stumbles over damaged metadata of a Parquet file that pyarrow has no use for."""
    try:
        return by_duckdb(path, format)
    except duckdb.Error:
        if format != "parquet":
            raise
        return None
