"""A project on disk: what the command line, notebooks and schedulers hold in their hands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit, silent
from sbdk.pipeline.options import RunOptions
from sbdk.pipeline.plan import Plan, make_plan
from sbdk.pipeline.refusing import refuse_options
from sbdk.pipeline.result import RunResult
from sbdk.spec.layers import load_project
from sbdk.spec.project import LoadedProject

if TYPE_CHECKING:
    import pyarrow as pa

    from sbdk.datasets.union import Datasets
    from sbdk.pipeline.hiring import Workers
    from sbdk.warehouse import Published, Warehouse


class Project:
    """The project around `path`: the folder that holds sbdk_config.json, or one below it.

    Raises ProjectNotFound or ConfigError.
    """

    def __init__(self, path: Path | str = ".", *, config_file: Path | None = None, target: str | None = None) -> None:
        self.loaded: LoadedProject = load_project(Path(path), config_file=config_file, target=target)
        self._opened_with: Any = {"config_file": config_file, "target": target}
        self._world: Datasets | None = None

    def reopened(self) -> Project:
        """The same project as its configuration says now. Raises as opening it does."""
        return Project(self.root, **self._opened_with)

    @property
    def root(self) -> Path:
        return self.loaded.root

    @property
    def warnings(self) -> list[str]:
        """What is odd, but no error: about the configuration, and folders that it names and that are not there."""
        loaded = self.loaded
        folders = {"pipelines_path": loaded.pipelines, "dbt_path": loaded.dbt}
        missing = [f"{key}: there is no folder {folder}" for key, folder in folders.items() if not folder.is_dir()]
        return [*loaded.warnings, *missing]

    def warehouse(self, emit: Emit = silent) -> Warehouse:
        from sbdk.warehouse import Warehouse

        return Warehouse(self.loaded.published, self.loaded.state, emit=emit)

    def published(self) -> Published:
        """What is published now; UsageError before a first run."""
        current = self.warehouse().current()
        if current is None:
            raise self._nothing()
        return current

    def _nothing(self) -> UsageError:
        target = self.loaded.config.target
        return UsageError(f"nothing was published yet for the target {target}", hint="run `sbdk dev` first")

    def world(self) -> Datasets:
        """The synthetic data of this project, by table and row range, with the dirt that its configuration asks for."""
        clean, config = self.clean_world(), self.loaded.config
        return clean.with_dirt(config.seed, config.dirt) if config.dirt else clean

    def clean_world(self) -> Datasets:
        """The same without its dirt. Opened once: another configuration is another Project."""
        if self._world is None:
            self._world = self._open_world()
        return self._world

    def _open_world(self) -> Datasets:
        import os

        from sbdk.core.registry import load_plugins
        from sbdk.datasets.registry import open_datasets

        os.environ.setdefault("NUMBA_CACHE_DIR", str(self.loaded.state / "jit"))  # nothing is written anywhere else
        load_plugins(self.loaded.plugins)
        config = self.loaded.config
        return open_datasets(config.datasets, config.world_settings(), self.loaded.root)

    def plan(self, options: RunOptions | None = None) -> Plan:
        """What a run would do, and why; writes nothing."""
        options = options or RunOptions()
        refuse_options(self, options)
        return plan_from(self.loaded, options, self.warehouse().current())

    def run(
        self,
        options: RunOptions | None = None,
        *,
        emit: Emit = silent,
        workers: Workers | None = None,
        began: float | None = None,
    ) -> RunResult:
        """`sbdk dev`. Failures of the run are in the result; wrong usage and configuration are raised.

        `workers`: where dbt's worker comes from, if not a new one for this run. `began`: the second of
        `time.monotonic` from which the run's time counts, if not now.
        """
        from sbdk.pipeline.run import run
        from sbdk.pipeline.telling import tell_of_run
        from sbdk.pipeline.tracking import track_run

        options = options or RunOptions()
        result = run(self, options, emit, workers=workers, began=began)
        if not options.changes_only:  # whoever is editing sees the error at once, and makes dozens of them
            tell_of_run(self, result, emit)
            track_run(self, result)
        return result

    def sql(self, query: str) -> pa.Table:
        """One read-only statement against what was published. QueryError; UsageError before a first run."""
        from sbdk.warehouse.query import run_query

        if not self.loaded.published.exists():
            raise self._nothing()
        return run_query(self.loaded.published, query)


def plan_from(project: LoadedProject, options: RunOptions, current: Published | None) -> Plan:
    """The plan on top of the published build, if there is one."""
    facts: dict[str, Any] | None = current.facts if current else None
    return make_plan(project, options, facts, current.clock if current else None)


class Answer:
    """What `sbdk.open(path).sql(…)` returns: one result, as Arrow."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def arrow(self) -> pa.Table:
        return self._table

    def rows(self) -> list[dict[str, Any]]:
        return self._table.to_pylist()  # type: ignore[no-any-return]


class Opened:
    """The published warehouse of a project, read-only; each call sees the newest build."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def sql(self, query: str) -> Answer:
        return Answer(self._project.sql(query))


def open_published(path: Path | str = ".") -> Opened:
    """`sbdk.open(path).sql("select …").arrow()`, for notebooks."""
    return Opened(Project(path))
