"""dbt's results and failures as plain data for the run."""

from __future__ import annotations

import os
import re
import textwrap
from pathlib import Path
from typing import Any

import yaml


def nodes_of(result: Any) -> list[dict[str, Any]]:
    """One dictionary per node that dbt built, tested or skipped, in the order in which they finished."""
    results = getattr(result, "results", None) or []
    return [_node(item) for item in results if str(item.node.resource_type) not in NO_RELATION]


NO_RELATION = ("exposure", "saved_query")  # dbt lists them in its results, and does nothing for them


def relations_of(manifest: Any) -> list[list[Any]]:
    """The relations that a whole build creates: type (model, seed or snapshot), name, schema, alias, and whether a full
    refresh keeps its rows."""
    return [
        [str(node.resource_type), node.name, node.schema, node.alias, keeps_rows(node)]
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed", "snapshot") and node.config.materialized != "ephemeral"
    ]


def keeps_rows(node: Any) -> bool:
    """Whether dbt keeps the rows of the node's table in a full refresh."""
    if node.resource_type == "snapshot":
        return True
    return node.config.full_refresh is False and node.config.materialized not in ("table", "view")


def skipped(test: Any) -> dict[str, Any]:
    """The result of a unit test that was not run, because the build before it failed."""
    return {
        "id": test.unique_id, "name": test.name, "type": "unit_test", "schema": test.schema, "status": "skipped",
        "seconds": 0.0, "file": os.path.normpath(test.original_file_path), "model": test.model,
    }  # fmt: skip


def _node(item: Any) -> dict[str, Any]:
    node = item.node
    test = node.resource_type in ("test", "unit_test")
    return {
        "id": node.unique_id,
        "name": node.name,
        "type": "hook" if str(node.resource_type) == "operation" else str(node.resource_type),
        "schema": getattr(node, "schema", ""),
        "status": str(item.status),
        "seconds": round(item.execution_time, 4),
        "message": plain(item.message),
        "file": os.path.normpath(node.original_file_path),
        "line": line_in(item.message) if str(item.status) == "error" else None,
        "rows": (item.adapter_response or {}).get("rows_affected"),
        "failures": item.failures,
        "severity": str(node.config.severity).lower() if node.resource_type == "test" else "error",
        "model": _tested(node) if test else None,
        "compiled_sql": _sql(node) if test or str(item.status) == "error" else None,
        "materialized": getattr(node.config, "materialized", None),
        "alias": getattr(node, "alias", None),
    }


def _tested(node: Any) -> str | None:
    """The name of the model, seed, snapshot or source that a test checks."""
    named = getattr(node, "tested_node_unique_id", None) or getattr(node, "attached_node", None)
    attached = named or next(iter(node.depends_on.nodes), None)
    return str(attached).split(".")[-1] if attached else None


def _sql(node: Any) -> str | None:
    compiled = getattr(node, "compiled_code", None)
    return compiled.strip() if compiled else None


HEADLINE = re.compile(r"^(?:\w+ )+Error(?: in .*)?\n")
FILE = re.compile(r"/?(?:[\w.-]+[/\\])+[\w.-]+\.(?:sql|yml|yaml|py|csv|md)|\b(?:dbt_project|profiles|packages)\.yml")
READING = re.compile(r"Error reading [^:]+: (\S+)|\((\w+\.py), line \d+\)")
MAIN_FILES = {"DbtProfileError": "profiles.yml", "DbtProjectError": "dbt_project.yml"}
CALL_STACK = re.compile(r"\n\s*> (?:in|called by) .*")
LINE = re.compile(r"\bline (\d+)|LINE (\d+):")


def failure_of(error: BaseException, settings: dict[str, Any]) -> dict[str, Any]:
    """Code (the exception's class), message, and file (relative to the dbt project) and line where they are known."""
    text = (
        str(error).partition("Raw Error:")[0].strip()
    )  # the text after it is the YAML parser's message for the same error
    return {
        "code": type(error).__name__,
        "message": plain(text) or type(error).__name__,
        "file": _file(error, text, settings),
        "line": line_in(text),
    }


def plain(message: str | None) -> str | None:
    """dbt's message without its first line, `Runtime Error in model m (models/m.sql)`, which the run's message repeats.

    And without the stack of macros, which is in the log.
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
    if reading:  # relative to one of the project's resource folders, without its name
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
