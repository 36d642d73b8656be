"""Absolute paths of what the configuration names, and refusal of paths that it may not name."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sbdk.core.errors import ConfigError

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
