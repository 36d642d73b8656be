"""Checks before a run writes anything: configuration, options, the published file, and room on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbdk.core.errors import ConfigError, UsageError
from sbdk.run.options import RunOptions
from sbdk.run.plan import Plan, pipeline_files

if TYPE_CHECKING:
    from sbdk.run.estimate import Estimate
    from sbdk.run.project_context import ProjectContext

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


def expected_size(project: ProjectContext, plan: Plan) -> Estimate | None:
    """The estimated size of data generated from the first row on; None without such data, or if it is unknown."""
    from sbdk.run.estimate import estimate_rows

    from_scratch, rows = plan.first or plan.empty or plan.other_world, project.loaded.config.known_rows()
    return estimate_rows(rows) if plan.loads and from_scratch and rows else None
