"""A project on disk: where it is, what its configuration says, and the paths that follow from both."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sbdk.core.errors import ConfigError, ProjectNotFound
from sbdk.spec.config import ProjectConfig

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


def published_path(root: Path, written: str, target: str, *, file: Path, anywhere: bool) -> Path:
    """The absolute path of the published database; {target} in `written` is replaced by `target`.

    ConfigError for what is not a file of this machine (md:, s3://, :memory:) and, unless `anywhere`, for a path that
    leaves the project, directly, by .. or through a symbolic link.
    """
    filled = written.replace("{target}", target)
    _refuse_other_than_file(written, filled, file)
    try:
        path = Path(os.path.normpath(root / Path(filled).expanduser()))
        problem = _problem_of(root.resolve(), path.resolve(), anywhere)
    except (OSError, RuntimeError) as error:  # no such user, a name too long, links in a circle
        raise ConfigError(f"duckdb_path: {written!r:.80}: {error!s:.80}", file=file) from error
    if problem:
        hint = "choose a file inside it, e.g. data/{target}.duckdb, or set SBDK_DUCKDB_PATH in the environment"
        raise ConfigError(f"duckdb_path: {written!r:.80} {problem}", file=file, hint=hint)
    return path


def _problem_of(root: Path, path: Path, anywhere: bool) -> str | None:
    if not path.is_relative_to(root) and not anywhere:
        return "lies outside the project"
    if path.is_relative_to(root / ".sbdk"):
        return "lies in .sbdk, which is sbdk's own part of the project"
    return "is a folder of the project" if path.is_dir() else None


def _refuse_other_than_file(written: str, filled: str, file: Path) -> None:
    if filled.startswith(":") or _SCHEME.match(filled):
        raise ConfigError(
            f"duckdb_path: {written!r:.80} is not a file on this machine",
            file=file,
            hint="the warehouse is one local DuckDB file, e.g. data/{target}.duckdb",
        )
    if any(ord(char) < 32 for char in filled) or "{" in filled or "}" in filled or filled.endswith("/"):
        raise ConfigError(f"duckdb_path: {written!r:.80} is not a file name; only {{target}} is filled in", file=file)


def folder_path(root: Path, key: str, written: str, *, file: Path) -> Path:
    """The absolute path of a folder the configuration names; ~ is the home folder."""
    if "\0" in written:
        raise ConfigError(f"{key}: a path cannot hold a NUL character", file=file)
    try:
        return Path(os.path.normpath(root / Path(written).expanduser()))
    except RuntimeError as error:
        raise ConfigError(f"{key}: {written!r:.80}: {error}", file=file) from error


CONFIG_FILE = "sbdk_config.json"


@dataclass(frozen=True)
class ProjectSpec:
    """`root` is absolute; `published` is the DuckDB file of the target; `vars` are those of dbt. Values of `dotenv` and
    `secrets` are not shown.

    `dotenv` holds the variables of `.env` that are not sbdk's own (a source's password, say): pipelines and dbt
    have them in their environment. `secrets` holds the secrets of sections, by variable (SBDK_WEBHOOKS__SECRET).
    """

    root: Path
    config: ProjectConfig
    warnings: list[str]
    file: Path
    published: Path
    vars: Mapping[str, Any] = field(default_factory=dict)
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
    def query_folders(self) -> tuple[Path, ...]:
        """The folders outside of the database whose files queries may read."""
        return tuple(
            folder_path(self.root, "query.folders", each, file=self.file) for each in self.config.query.folders
        )

    @property
    def checks(self) -> Path:
        return self.root / "checks"

    @property
    def contracts(self) -> Path:
        return self.root / "contracts"

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
