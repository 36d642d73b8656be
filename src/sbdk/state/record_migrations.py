"""Earlier formats of the build record, each turned into the next one.

Format 1 had no key `format`; it kept what a build holds in one free object `facts`, whose shape changed from version to
version: missing entries are left out, and entries of an unexpected type count as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fields = dict[str, Any]
Migration = Callable[[Fields], Fields]


def record_to_2(old: Fields) -> Fields:
    """A manifest of format 1."""
    artifact = {name: old[name] for name in ("file", "sha256", "size", "storage")}
    return {
        "format": 2,
        "run_id": old["run_id"],
        "parent": old["parent"],
        "made_at": old["made"],
        "clock": old["clock"],
        "artifact": {**artifact, "engine": old["duckdb"], "kind": "duckdb"},
        **_contents(old["facts"]),
    }


def failed_to_2(old: Fields) -> Fields:
    """failed.json of format 1: the note of the run is in `facts`, and the facts of the build inside that."""
    note = old["facts"]
    facts = note["facts"]
    draft = {**_contents(facts), "loads": bool(facts.get("loads")), "built": list(facts.get("built", ()))}
    build = {"format": 2, "begun_by": old["run_id"], "parent": old["parent"]}
    return {**build, "run_id": note["run_id"], "stage": note["stage"], "draft": draft}


RECORDS: Mapping[int, Migration] = {1: record_to_2}
FAILED_BUILDS: Mapping[int, Migration] = {1: failed_to_2}


def _contents(facts: Fields) -> Fields:
    return {
        "inputs": _inputs(facts.get("inputs") or {}),
        "pipelines": {name: _pipeline(each) for name, each in facts.get("pipelines", {}).items()},
        "datasets": facts.get("worlds", {}),
        "keys": {name: _keys(each) for name, each in facts.get("keys", {}).items()},
        "dbt": _dbt(facts),
        "tables": list(facts.get("tables", ())),
        "validation": _validation(facts.get("validation")),
        "checks": list(facts.get("checks", ())),
    }


def _inputs(old: Fields) -> Fields:
    """`dbt` and `checks` were digests by file, or a text: one hash over all, or "" for a build without it."""
    return {
        "datasets": old.get("world", ""),
        "range": list(old.get("range", ())),
        "dbt": old["dbt"] if isinstance(old.get("dbt"), dict) else None,
        "checks": old["checks"] if isinstance(old.get("checks"), dict) else None,
        "raw_schema": old.get("dataset", ""),
    }


def _pipeline(old: Fields) -> Fields:
    files = {
        name: {"size": size, "mtime_ns": mtime_ns, "sha256": sha256}
        for name, (size, mtime_ns, sha256) in old.get("files", {}).items()
    }
    return {
        "code": old.get("stamp", ""),
        "kind": old.get("kind", "other"),
        "tables": list(old.get("synthetic", ())),
        "streams": list(old.get("streams", ())),
        "patterns": list(old.get("patterns", ())),
        "files": files,
    }


def _keys(old: Fields) -> Fields:
    foreign = [
        {"column": column, "parent": parent, "parent_column": target}
        for column, parent, target in old.get("foreign_keys", ())
    ]
    return {"key": list(old.get("key", ())), "foreign": foreign}


def _dbt(facts: Fields) -> Fields:
    marks = facts.get("marks") or {}
    return {
        "project_hash": marks.get("all"),
        "node_hashes": marks.get("nodes", {}),
        "nodes": {name: {"type": kind, "status": status} for name, (kind, status) in facts.get("nodes", {}).items()},
        "relations": _relations(facts),
        "stale": list(facts.get("stale", ())),
    }


def _relations(facts: Fields) -> list[Fields]:
    """Schema and name of models were in `models` and `aliases`, and again in `relations`, with those of seeds."""
    aliases = facts.get("aliases", {})
    models = {(schema, aliases.get(name, name)): name for name, schema in facts.get("models", {}).items()}
    places = dict.fromkeys([*models, *((schema, name) for schema, name in facts.get("relations", ()))])
    return [{"schema": schema, "name": name, "model": models.get((schema, name))} for schema, name in places]


def _validation(old: Any) -> Fields | None:
    """`overall` was an entry among the tables, as a text."""
    if not old:
        return None
    counts = ("total_records", "null_ids", "orphaned_records")
    tables = {name: {key: table[key] for key in counts} for name, table in old.items() if isinstance(table, dict)}
    return {"tables": tables}
