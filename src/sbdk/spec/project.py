"""A project on disk: its root, its configuration, and the paths that follow from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sbdk.core.errors import ConfigError, ProjectNotFound
from sbdk.spec.config import ProjectConfig
from sbdk.spec.paths import folder_path

CONFIG_FILE = "sbdk_config.json"


@dataclass(frozen=True)
class ProjectSpec:
    """`root` is absolute; `published` is the DuckDB file of the target. Values of `dotenv` and `secrets` are not shown.

    `dotenv` holds the variables of `.env` that are not sbdk's own (a source's password, say): pipelines and dbt
    have them in their environment. `secrets` holds the secrets of sections, by variable (SBDK_WEBHOOKS__SECRET).
    """

    root: Path
    config: ProjectConfig
    warnings: list[str]
    file: Path
    published: Path
    dotenv: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def state(self) -> Path:
        """`.sbdk`, or where it links to: a rebuild runs pushed files on the warehouse of the server's project."""
        state = self.root / ".sbdk"
        return state.readlink() if state.is_symlink() and state.readlink().is_absolute() else state

    @property
    def pipelines(self) -> Path:
        return folder_path(self.root, "pipelines_path", self.config.pipelines_path, file=self.file)

    @property
    def dbt(self) -> Path:
        return folder_path(self.root, "dbt_path", self.config.dbt_path, file=self.file)

    @property
    def profiles(self) -> Path:
        return folder_path(self.root, "profiles_dir", self.config.profiles_dir, file=self.file)

    @property
    def checks(self) -> Path:
        return self.root / "checks"

    @property
    def plugins(self) -> Path:
        return self.root / "plugins"


def find_config(start: Path, config_file: Path | None = None) -> tuple[Path, Path]:
    """(root, file): the nearest folder upwards of `start` with an sbdk_config.json.

    A given `config_file` replaces it; the root is still the project around `start`, or the file's own folder if there
    is none.
    """
    start = start.absolute()
    roots = [folder for folder in (start, *start.parents) if (folder / CONFIG_FILE).is_file()]
    if config_file is None:
        if not roots:
            hint = "go to a project's folder, or make one: sbdk init NAME"
            raise ProjectNotFound(f"no {CONFIG_FILE} in {start} or above", hint=hint)
        return roots[0], roots[0] / CONFIG_FILE
    file = (start / config_file).absolute()
    if not file.is_file():
        raise ConfigError("there is no such file", file=file, hint="--config-file names a file like sbdk_config.json")
    return (roots[0] if roots else file.parent), file
