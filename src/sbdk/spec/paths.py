"""Where a project's files lie, and which places the configuration may not name."""

from __future__ import annotations

import re
from pathlib import Path

from sbdk.core.errors import ConfigError

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


def published_path(root: Path, written: str, target: str, *, file: Path, anywhere: bool) -> Path:
    """The absolute path of the published database for `target`; {target} in `written` stands for it.

    ConfigError for what is not a file of this machine (md:, s3://, :memory:) and, unless `anywhere`, for a path that
    leaves the project, directly, by .. or through a symbolic link.
    """
    filled = written.replace("{target}", target)
    _must_be_a_file_name(written, filled, file)
    path = root / Path(filled).expanduser()
    inside = path.resolve().is_relative_to(root.resolve())
    if not inside and not anywhere:
        raise ConfigError(
            f"duckdb_path: {written!r:.80} lies outside the project",
            file=file,
            hint="choose a path inside it, or set SBDK_DUCKDB_PATH in the environment",
        )
    if path.resolve().is_relative_to((root / ".sbdk").resolve()):
        raise ConfigError(f"duckdb_path: {written!r:.80} lies in .sbdk, which is sbdk's own", file=file)
    if path.is_dir():
        raise ConfigError(
            f"duckdb_path: {written!r:.80} is a folder", file=file, hint="name a file, e.g. data/dev.duckdb"
        )
    return Path(_normal(path))


def _must_be_a_file_name(written: str, filled: str, file: Path) -> None:
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
        return Path(_normal(root / Path(written).expanduser()))
    except RuntimeError as error:
        raise ConfigError(f"{key}: {written!r:.80}: {error}", file=file) from error


def _normal(path: Path) -> str:
    import os

    return os.path.normpath(path)
