"""What a build remembers of its pipelines: the next run can tell what is up to date without importing them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.load.stamps import matches, pipeline_stamp, stamp_files
from sbdk.pipeline.rows import Active
from sbdk.pipeline.stages import Work

if TYPE_CHECKING:
    from sbdk.load import PipelineFile


def remember_pipelines(work: Work, active: Active, files: Sequence[PipelineFile]) -> None:
    """Facts on every file: fresh ones for those that ran, the old ones for the rest."""
    before = work.plan.before.get("pipelines", {})
    work.facts["pipelines"] = {
        file.path.name: _facts(work, active, file)
        if work.plan.pipelines[file.path.name].run
        else before[file.path.name]
        for file in files
    }


def _facts(work: Work, active: Active, file: PipelineFile) -> dict[str, Any]:
    """Its code, what kind of source it is, and for local files which ones.

    synthetic or files: every resource asked for nothing else, as far as can be seen; other: anything else.
    """
    root, name = work.project.root, file.path.name
    assert work.loader is not None
    resources = [resource for source in file.sources for resource in source.resources.selected]
    read_by_dlt = [
        work.loader.local_patterns[resource] for resource in resources if resource in work.loader.local_patterns
    ]
    landed = active.listed.get(name, {})
    patterns = sorted({*active.patterns.get(name, ()), *landed, *(p for found in read_by_dlt for p in found)})
    if len(active.functions.get(name, ())) + len(read_by_dlt) < len(resources):
        kind = "other"
    else:
        kind = "files" if patterns else "synthetic"
    read = {path for pattern in patterns for path in landed.get(pattern) or matches(pattern, root)}
    return {
        "stamp": pipeline_stamp(file.path, root),
        "kind": kind,
        "synthetic": sorted(active.tables.get(name, ())),
        "streams": sorted(active.streams.get(name, ())),
        "patterns": [_relative(pattern, root) for pattern in patterns],
        "files": {path: list(stamp) for path, stamp in stamp_files(read, root).items()},
    }


def _relative(pattern: str, root: Path) -> str:
    """Relative to the project where it lies in it, so that the project can move."""
    path = Path(pattern)
    return path.relative_to(root).as_posix() if path.is_absolute() and path.is_relative_to(root) else pattern


def remember_worlds(work: Work, active: Active) -> None:
    """Of the synthetic tables: which world they are of, and their keys."""
    made = sorted({table for tables in active.tables.values() for table in tables})
    fingerprints = {table: active.world.tables[table].fingerprint for table in made}
    work.facts["worlds"] = {**work.plan.before.get("worlds", {}), **fingerprints}
    keys = dict(work.plan.before.get("keys", {}))
    for table in made:
        foreign = [[key.column, key.parent, key.parent_column] for key in active.world.tables[table].foreign_keys]
        keys[table] = {"key": list(active.world.tables[table].key), "foreign_keys": foreign}
    work.facts["keys"] = keys
