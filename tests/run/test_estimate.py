"""How much, before it starts."""

from __future__ import annotations

import pytest

from sbdk.core.errors import UsageError
from sbdk.run.preflight import BYTES_PER_ROW, FILE_BYTES, Estimate, estimate_files, estimate_rows


def test_rows_are_exact_and_bytes_follow_from_them():
    found = estimate_rows({"users": 10, "events": 0, "raw_orders": 5})
    assert found.rows == {"users": 10, "events": 0, "raw_orders": 5}
    assert found.total_rows == 15
    assert found.bytes == 10 * BYTES_PER_ROW["users"] + 5 * BYTES_PER_ROW["orders"]


def test_a_trillion_rows_are_said_clearly_and_refused(tmp_path):
    found = estimate_rows({"users": 10**12})
    assert str(found).startswith("1,000,000,000,000 rows, about ")
    assert "TB of disk" in str(found)
    assert "days" in str(found)
    with pytest.raises(UsageError) as caught:
        found.require_disk(tmp_path / "not" / "yet" / "there")
    assert caught.value.exit_code == 2
    assert "1,000,000,000,000 rows" in caught.value.message
    assert "are free" in caught.value.message


def test_files_depend_on_their_format():
    sizes = [estimate_files({"raw_users": 1000}, kind).bytes for kind in ("parquet", "csv", "jsonl")]
    assert sizes == [1000 * each for each in FILE_BYTES.values()]
    assert sizes == sorted(sizes)


def test_a_small_world_fits(tmp_path):
    estimate_rows({"users": 1, "raw_orders": 1, "anything": 1}).require_disk(tmp_path)


@pytest.mark.parametrize(
    ("size", "seconds", "words"),
    [
        (5, 5.0, "0 rows, about 5 bytes of disk and 5 seconds"),
        (1_500, 90.0, "0 rows, about 1.5 kB of disk and 90 seconds"),
        (25_000_000, 600.0, "0 rows, about 25 MB of disk and 10 minutes"),
        (2 * 10**15, 10.0**6, "0 rows, about 2.0 PB of disk and 12 days"),
    ],
)
def test_units_are_for_people(size, seconds, words):
    assert str(Estimate({}, size, seconds)) == words
