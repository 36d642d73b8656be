"""What stopped dbt before or between the nodes, in plain words: message, file and line."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import yaml

HEADLINE = re.compile(r"^(?:\w+ )+Error(?: in .*)?\n")
FILE = re.compile(r"/?(?:[\w.-]+[/\\])+[\w.-]+\.(?:sql|yml|yaml|py|csv|md)|\b(?:dbt_project|profiles|packages)\.yml")
READING = re.compile(r"Error reading [^:]+: (\S+)|\((\w+\.py), line \d+\)")
MAIN_FILES = {"DbtProfileError": "profiles.yml", "DbtProjectError": "dbt_project.yml"}
CALL_STACK = re.compile(r"\n\s*> (?:in|called by) .*")
LINE = re.compile(r"\bline (\d+)|LINE (\d+):")


def failure_of(error: BaseException, settings: dict[str, Any]) -> dict[str, Any]:
    """Code (the exception's class), message, and file (relative to the dbt project) and line where they are known."""
    text = str(error).partition("Raw Error:")[0].strip()  # what follows are the YAML parser's words for the same
    return {
        "code": type(error).__name__,
        "message": plain(text) or type(error).__name__,
        "file": _file(error, text, settings),
        "line": line_in(text),
    }


def plain(message: str | None) -> str | None:
    """dbt's message without its first line, `Runtime Error in model m (models/m.sql)`: we say that ourselves.

    And without the macros that called each other on the way, which the log has.
    """
    return textwrap.dedent(CALL_STACK.sub("", HEADLINE.sub("", message))).strip() if message else None


def line_in(text: str | None) -> int | None:
    found = LINE.search(text or "")
    return int(found.group(1) or found.group(2)) if found else None


def _file(error: BaseException, text: str, settings: dict[str, Any]) -> str | None:
    project = Path(settings["project_dir"])
    named = getattr(getattr(error, "node", None), "original_file_path", None)
    if named:
        return str(named)
    reading = READING.search(text)
    if reading:  # relative to one of the project's resource folders, dbt does not say which
        name = reading.group(1) or reading.group(2)
        return next((str(path.relative_to(project)) for path in project.rglob(name)), name)
    found = FILE.search(text)
    if found:
        return found.group().removeprefix(f"{project}/")
    return MAIN_FILES.get(type(error).__name__) or _unreadable_yaml(settings)


def _unreadable_yaml(settings: dict[str, Any]) -> str | None:
    """dbt does not name its two main files when they are no YAML."""
    for folder, name in (("project_dir", "dbt_project.yml"), ("profiles_dir", "profiles.yml")):
        try:
            yaml.safe_load(Path(settings[folder], name).read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return name
    return None
