"""Stage transform: dbt on the build, in a worker that was started before anything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import CheckFailed, SbdkError, TransformError
from sbdk.core.failpoints import failpoint
from sbdk.pipeline.measure import peak_mb
from sbdk.pipeline.nodes import remember_nodes, settings_of, since_published
from sbdk.pipeline.options import Interval
from sbdk.pipeline.stages import Work, skip, stage
from sbdk.spec.project import LoadedProject
from sbdk.targets.registry import open_target

if TYPE_CHECKING:
    from sbdk.transform import Failure, TransformResult, Worker


def start_worker(project: LoadedProject, log: Path, interval: Interval | None) -> Worker:
    """Start the process that imports dbt and parses the project while rows are made and loaded."""
    from sbdk.transform.interpreter import choose_python
    from sbdk.transform.worker import THREADS, Worker

    return Worker.start(
        choose_python(project.root).path,
        project.dbt,
        project.profiles,
        target_folder(project),
        log,
        project.config.target,
        database=build_file(project),
        variables=variables(project, interval),
        threads=min(project.config.performance.threads or THREADS, THREADS),
    )


def target_folder(project: LoadedProject) -> Path:
    """Where dbt keeps its parse between runs; a kept failed build's results lie there too."""
    return project.state / "target"


def build_file(project: LoadedProject) -> Path:
    """Where a build's file will be: constant, so that dbt's parse, which depends on it, stays warm."""
    return database_of(open_target(project.published, project.state).dbt_profile())


def database_of(profile: dict[str, str]) -> Path:
    """The file that a dbt profile leads to: what profiles.yml reads from SBDK_DATABASE."""
    if profile["type"] != "duckdb":
        raise TransformError(f"dbt is run on DuckDB files only, not on {profile['type']}")
    return Path(profile["path"])


def variables(project: LoadedProject, interval: Interval | None) -> dict[str, Any]:
    """dbt's vars. The clock is none of them: it would make every parse a new one; models read `_sbdk.clock`."""
    settings = project.config.world_settings()
    fixed = {"start_date": settings.start.date().isoformat(), "end_date": settings.anchor.date().isoformat()}
    if interval is None:
        return fixed
    return {
        **fixed,
        "interval_from": interval.start.isoformat(sep=" "),
        "interval_to": interval.stop.isoformat(sep=" "),
    }


def transform(work: Work) -> None:
    """Models, seeds and tests of the project. A failed model is a TransformError, a failed test a CheckFailed."""
    assert work.worker is not None
    with stage(work, "transform") as record:
        result = work.worker.build(
            database_of(work.build.dbt_profile()),
            select=(work.options.select or "").split(),
            full_refresh=work.plan.other_world or work.plan.empty,
            vars=variables(work.project.loaded, work.options.interval),
            retry=_can_retry(work),
            settings=settings_of(work),
            since=since_published(work),
            emit=work.emit,
        )
        record.peak_mb = peak_mb(work.worker.process.pid)
        remember_nodes(work, result)
        if result.error:
            raise _failure(work, result, result.error)
    failpoint("after_transform")


def _can_retry(work: Work) -> bool:
    """dbt's own retry needs the results of the failed build; when it did not get as far as running, all of it runs."""
    return work.resumed and (target_folder(work.project.loaded) / "run_results.json").exists()


def skip_transform(work: Work) -> None:
    skip(work, "transform", work.plan.transform.reason)


def _failure(work: Work, result: TransformResult, failure: Failure) -> SbdkError:
    """A failed model or project as the transform room words it; a failed test also says where its rows are."""
    from sbdk.transform.errors import failure_to_error

    error: SbdkError = failure_to_error(failure, work.project.loaded.dbt)
    if failure.code != "test":
        return error
    return CheckFailed(error.message, file=error.file, hint=_keep_failing_rows(work, result) or error.hint)


def _keep_failing_rows(work: Work, result: TransformResult) -> str | None:
    """Keep the rows that failing data tests select; what to tell the user."""
    from sbdk.quality import keep_rows

    tests = [test for test in result.failed_tests if test.compiled_sql and test.status == "fail"]
    if not tests:
        return None
    folder, cap = work.folder / "failures", work.project.loaded.config.quality.keep_rows
    with work.build.connect() as connection:
        for test in tests:
            sql = (test.compiled_sql or "").rstrip().rstrip(";")
            keep_rows(connection, sql, folder / f"{test.name[:120]}.jsonl", cap)
    return f"the failing rows are in {folder}"
