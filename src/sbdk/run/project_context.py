"""The project of a run: its settings, its folder for state, its target and its synthetic data."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit, silent
from sbdk.spec.loader import load_project
from sbdk.spec.project import ProjectSpec
from sbdk.state.layout import StateDir

if TYPE_CHECKING:
    from sbdk.contracts.document import TableContract
    from sbdk.core.registry import Extensions
    from sbdk.datasets.union import Datasets
    from sbdk.state.builds import PublishedBuild
    from sbdk.targets.base import Target


class ProjectContext:
    """`loaded`: the project's settings and paths. Target, data sets and plugins are opened on use."""

    def __init__(self, loaded: ProjectSpec) -> None:
        self.loaded = loaded
        self.state = StateDir(loaded.state)
        self._world: Datasets | None = None
        self._extensions: Extensions | None = None

    @property
    def root(self) -> Path:
        return self.loaded.root

    @property
    def warnings(self) -> list[str]:
        """Warnings about the configuration, and about configured folders that do not exist."""
        loaded = self.loaded
        folders = {"pipelines_path": loaded.pipelines, "dbt_path": loaded.dbt}
        missing = [f"{key}: there is no folder {folder}" for key, folder in folders.items() if not folder.is_dir()]
        return [*loaded.warnings, *missing]

    def warehouse(self, emit: Emit = silent) -> Target:
        """The target that this project publishes to."""
        from sbdk.targets.sessions import open_target

        loaded = self.loaded
        return open_target(loaded.published, loaded.state, emit=emit, start=loaded.dbt, folders=loaded.query_folders)

    def published(self) -> PublishedBuild:
        """The published build; UsageError before a first run."""
        current = self.warehouse().current()
        if current is None:
            raise self.nothing_published()
        return current

    def nothing_published(self) -> UsageError:
        target = self.loaded.config.target
        return UsageError(f"nothing was published yet for the target {target}", hint="run `sbdk dev` first")

    def world(self) -> Datasets:
        """The synthetic data of this project, by table and row range, with the dirt of its configuration."""
        clean, config = self.clean_world(), self.loaded.config
        return clean.with_dirt(config.seed, config.dirt) if config.dirt else clean

    def clean_world(self) -> Datasets:
        """The same without dirt. Opened once: another configuration needs another ProjectContext."""
        if self._world is None:
            self._world = self._open_world()
        return self._world

    def _open_world(self) -> Datasets:
        from sbdk.datasets.union import open_datasets
        from sbdk.synth.machine_code import keep_machine_code

        keep_machine_code(self.state.compiled)
        config = self.loaded.config
        with self.extensions.active():
            return open_datasets(config.datasets, config.world_settings(), self.loaded.root)

    @cached_property
    def contracts(self) -> dict[str, TableContract]:
        """The contracts in the folder `contracts/`, by table; none without the folder. ConfigError for a wrong one."""
        if not self.loaded.contracts.is_dir():
            return {}
        from sbdk.contracts.document import read_contracts

        return {table.table: table for each in read_contracts(self.loaded.contracts) for table in each.tables}

    @property
    def extensions(self) -> Extensions:
        """What the project's plugins register; they are imported once, on first use."""
        if self._extensions is None:
            from sbdk.core.registry import load_plugins

            self._extensions = load_plugins(self.loaded.plugins)
        return self._extensions


def open_context(path: Path) -> ProjectContext:
    """The project around `path`. Raises ProjectNotFound or ConfigError."""
    return ProjectContext(load_project(path))
