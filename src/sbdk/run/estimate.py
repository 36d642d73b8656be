"""Estimates the size of generated data: rows, bytes on disk, seconds.

The constants are measured approximations (default data set, 4 cores), good to about a factor of two: enough to stop a
run that cannot succeed, not to plan one.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sbdk.core.errors import UsageError
from sbdk.core.format import rough_seconds, rough_size

# Bytes of disk per row at the peak of a run: uncompressed Parquet parts (134, 107, 90) + raw table (64, 24, 22) +
# models, about twice the raw table.
BYTES_PER_ROW = {"users": 350, "events": 200, "orders": 180}
OTHER_BYTES = 250
# Rows a second through generate, load, transform and check.
ROWS_PER_SECOND = 500_000
# Bytes per row of a file that `generate` writes, and rows a second.
FILE_BYTES = {"parquet": 40, "csv": 130, "jsonl": 310}
FILE_ROWS_PER_SECOND = 1_000_000
STARTUP_SECONDS = 3.0


@dataclass(frozen=True)
class Estimate:
    """`rows` by table, `bytes` of disk at the peak of a run, `seconds` of a whole run."""

    rows: dict[str, int]
    bytes: int
    seconds: float

    @property
    def total_rows(self) -> int:
        return sum(self.rows.values())

    def __str__(self) -> str:
        return f"{self.total_rows:,} rows, about {rough_size(self.bytes)} of disk and {rough_seconds(self.seconds)}"

    def require_disk(self, folder: Path) -> None:
        """UsageError, with the figures, if the disk under `folder` has less space free than the run needs."""
        free = shutil.disk_usage(_existing(folder)).free
        if self.bytes > free:
            raise UsageError(
                f"this needs {self}, but only {rough_size(free)} are free",
                hint="lower data_volume or scale, or work on a larger disk",
            )


def estimate_rows(rows: dict[str, int]) -> Estimate:
    """The estimate for any tables, by name; those of other data sets count with an average row."""
    size = sum(count * BYTES_PER_ROW.get(name.removeprefix("raw_"), OTHER_BYTES) for name, count in rows.items())
    return Estimate(dict(rows), size, STARTUP_SECONDS + sum(rows.values()) / ROWS_PER_SECOND)


def estimate_files(rows: dict[str, int], file_format: str) -> Estimate:
    """The estimate for tables written to files by `generate`: parquet, csv or jsonl."""
    total = sum(rows.values())
    size = total * FILE_BYTES.get(file_format, max(FILE_BYTES.values()))
    return Estimate(dict(rows), size, total / FILE_ROWS_PER_SECOND)


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())
