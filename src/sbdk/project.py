"""A project on disk: the object that the command line, notebooks and schedulers work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.events import Emit, silent
from sbdk.run.options import RunOptions
from sbdk.run.project_context import ProjectContext
from sbdk.spec.loader import load_project

if TYPE_CHECKING:
    import pyarrow as pa

    from sbdk.run.dbt_workers import WorkerPool
    from sbdk.run.plan import Plan
    from sbdk.run.result import RunResult


class Project(ProjectContext):
    """The project around `path`: the folder that holds sbdk_config.json, or one below it.

    Raises ProjectNotFound or ConfigError.
    """

    def __init__(
        self,
        path: Path | str = ".",
        *,
        config_file: Path | None = None,
        target: str | None = None,
        vars: Mapping[str, Any] | None = None,
    ) -> None:
        """`vars`: dbt's, over those of the configuration."""
        super().__init__(load_project(Path(path), config_file=config_file, target=target, vars=vars))
        self._opened_with: Any = {"config_file": config_file, "target": target, "vars": vars}

    def reload(self) -> Project:
        """The same project with its present configuration. Raises as opening it does."""
        return Project(self.root, **self._opened_with)

    def plan(self, options: RunOptions | None = None) -> Plan:
        """The plan of a run, with reasons; writes nothing."""
        from sbdk.run.plan import make_plan
        from sbdk.run.preflight import check_options
        from sbdk.run.stages import STAGES

        options = options or RunOptions()
        check_options(self, options)
        current = self.warehouse().current()
        return make_plan(self.loaded, options, current.record if current else None, STAGES)

    def run(
        self,
        options: RunOptions | None = None,
        *,
        emit: Emit = silent,
        command: str | Sequence[str] = "sbdk.Project.run",
        workers: WorkerPool | None = None,
        began: float | None = None,
    ) -> RunResult:
        """`sbdk dev`. A run that fails returns a result with the error; wrong usage and configuration are raised.

        `emit` receives the run's events, as history, alerts and usage reports do. `command`: the name of the
        run in history and lock note, as text or as words of a command line; secrets in it are masked. `workers`: the
        pool for dbt's worker; None: a new worker for this run. `began`: when the run started, on the clock
        `time.monotonic`; None: now.
        """
        from sbdk.core.redact import redact_command
        from sbdk.run.engine import run
        from sbdk.run.sinks import open_stream

        options = options or RunOptions()
        stream = open_stream(self.loaded, emit, report=not options.changes_only)
        redacted = redact_command(command, {**self.loaded.dotenv, **self.loaded.secrets})
        return run(self, options, stream, command=redacted, workers=workers, began=began)

    def sql(self, query: str) -> pa.Table:
        """Run one read-only statement on the published build. Raises QueryError; UsageError before a first run."""
        target = self.warehouse()
        if not target.exists():
            raise self.nothing_published()
        return target.query(query)


class QueryResult:
    """The result of `sbdk.open(path).sql(…)`: an Arrow table.

    What Arrow has no type for (UHUGEINT, BIGNUM, BIT, TIMETZ, TUPLE …) is DuckDB's own text.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def arrow(self) -> pa.Table:
        return self._table

    def rows(self) -> list[dict[str, Any]]:
        """Python's values; a column with one that Python lacks (infinity, 44 BC, 24:00) as `query --json` has it."""
        from sbdk.core.json_text import distinct
        from sbdk.targets.values import python_columns

        names = distinct(self._table.column_names)
        return [dict(zip(names, row, strict=True)) for row in zip(*python_columns(self._table), strict=True)]


class PublishedWarehouse:
    """The published warehouse of a project, read-only; each call sees the newest build."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def sql(self, query: str) -> QueryResult:
        return QueryResult(self._project.sql(query))


def open_published(path: Path | str = ".") -> PublishedWarehouse:
    """`sbdk.open(path).sql("select …").arrow()`, for notebooks."""
    return PublishedWarehouse(Project(path))
