"""What is refused before a run writes anything: options, plans, volumes that the disk cannot hold."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import ConfigError, UsageError
from sbdk.core.format import rough_seconds, rough_size
from sbdk.run.options import RunOptions
from sbdk.run.plan import Plan, pipeline_files

if TYPE_CHECKING:
    from sbdk.run.project_context import ProjectContext


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


_MAGIC = slice(8, 12)  # a DuckDB file has DUCK after its checksum


def check_options(project: ProjectContext, options: RunOptions) -> None:
    """Check all that needs no plan. Raises UsageError or ConfigError."""
    from sbdk.spec.checks import read_checks

    if "'" in str(project.root):
        hint = "move the project to a folder without one: dlt puts paths into SQL as they are"
        raise UsageError("the project's path holds an apostrophe", file=project.root, hint=hint)
    if not project.warehouse().exists():
        _check_first_run(project, options)
    check_published_file(project)
    if not options.pipelines_only:
        read_checks(project.loaded.checks)


def _check_first_run(project: ProjectContext, options: RunOptions) -> None:
    if options.interval:
        raise UsageError(
            "--from/--to re-runs a part of the published build, and nothing was published yet", hint="sbdk dev"
        )
    if options.dbt_only and pipeline_files(project.loaded.pipelines):
        raise UsageError("--dbt-only transforms what is loaded, and nothing was loaded yet", hint="sbdk dev")


def check_published_file(project: ProjectContext) -> None:
    """ConfigError when duckdb_path names a file that is no database of sbdk's: publishing would overwrite it."""
    published = project.loaded.published
    if not published.is_file() or published.stat().st_size == 0:
        return
    with published.open("rb") as file:
        if file.read(_MAGIC.stop)[_MAGIC] == b"DUCK":
            return
    if not project.warehouse().builds():
        hint = "duckdb_path names the file that sbdk publishes; choose another name"
        raise ConfigError("exists already, and is no DuckDB file", file=published, hint=hint)


def check_plan(project: ProjectContext, plan: Plan) -> None:
    """Raise for data that cannot be generated: an unknown data set or distribution, or more than the disk can hold."""
    expected = expected_size(project, plan)
    if expected:
        expected.require_disk(project.root)
    if plan.loads:
        project.world()
        _ = project.contracts  # raises ConfigError for a wrong one


def expected_size(project: ProjectContext, plan: Plan) -> Estimate | None:
    """The estimated size of data generated from the first row on; None without such data, or if it is unknown."""

    from_scratch, rows = plan.first or plan.empty or plan.other_world, project.loaded.config.known_rows()
    return estimate_rows(rows) if plan.loads and from_scratch and rows else None
