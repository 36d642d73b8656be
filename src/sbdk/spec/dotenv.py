"""`.env`: NAME=value lines, and whether anybody else could have read or written them."""

from __future__ import annotations

import io
import os
import stat
import subprocess
from pathlib import Path

from sbdk.core.errors import ConfigError
from sbdk.spec.strict_json import read_text


def read_dotenv(path: Path) -> dict[str, str]:
    """Variables of `path`, empty if there is none. Nothing is interpolated, nothing is put into the environment.

    ConfigError names the line that is not NAME=value, and never repeats it: it may hold a secret.
    """
    if not path.exists():
        return {}
    from dotenv.parser import parse_stream

    found: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(read_text(path))):
        if binding.error or (binding.key is not None and binding.value is None):
            line = binding.original.line + _blank_lines(binding.original.string)
            raise ConfigError(f"line {line}: not of the form NAME=value", file=path)
        if binding.key is not None and binding.value is not None:
            found[binding.key] = binding.value
    return found


def _blank_lines(original: str) -> int:
    return original[: len(original) - len(original.lstrip())].count("\n")


def guard_dotenv(path: Path) -> list[str]:
    """Take reading and writing by others away from `path`; warnings for what was, or still is, wrong."""
    if not path.exists():
        return []
    warnings = []
    about = path.stat()
    if about.st_uid != os.getuid():
        warnings.append(f"{path} belongs to another user (uid {about.st_uid})")
    if stat.S_IMODE(about.st_mode) & 0o077:
        warnings.append(_close(path, stat.S_IMODE(about.st_mode)))
    if _tracked_by_git(path):
        warnings.append(
            f"{path} is tracked by git; take it out with `git rm --cached {path.name}` and change its secrets"
        )
    return warnings


def _close(path: Path, mode: int) -> str:
    was = f"{path} could be read or written by others (mode {mode:04o})"
    try:
        path.chmod(0o600)
    except OSError as error:
        return f"{was}, and that could not be changed: {error.strerror}"
    return f"{was}; it is now 0600"


def _tracked_by_git(path: Path) -> bool:
    """Whether git's index names the file. Git is asked only where a repository may be; without git nobody commits."""
    folder = path.resolve().parent
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return False
    # A repository's own configuration may name a program for this; none is to be started here.
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "--error-unmatch", "--", path.name]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
