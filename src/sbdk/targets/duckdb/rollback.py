"""Rollback: the choice of the build, and the verified copy of its file."""

from __future__ import annotations

from pathlib import Path

from sbdk.core.errors import SbdkError, UnknownName, UsageError, WarehouseDamaged, suggestion
from sbdk.core.files import remove_tree, sync_file
from sbdk.state.builds import PublishedBuild, kept_copy
from sbdk.state.layout import StateDir
from sbdk.targets.duckdb.build import DuckDBBuild
from sbdk.targets.duckdb.copy import copy_and_hash, digest
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.targets.duckdb.store import BuildStore


def choose_build(store: BuildStore, run_id: str | None) -> PublishedBuild:
    """The build `run_id`. None: the build before the published one, or, if that is damaged or missing, its own copy."""
    builds = store.builds()
    if run_id is not None:
        return _named(builds, run_id)
    try:
        current = store.verify()
    except WarehouseDamaged:
        current = None
    return _last_good(store, builds) if current is None else _before(current, builds)


def restore(target: PublishedBuild, build: DuckDBBuild, state: StateDir) -> None:
    """Copy a kept build into the build folder, verify it while it is copied, sync it. Raises WarehouseDamaged."""
    kept = kept_copy(state, build.path, target.run_id)
    try:
        with translate_errors(build.path):
            if copy_and_hash(kept, build.path) != target.record.artifact.sha256:
                raise _damaged(kept)
            sync_file(build.path)
    except SbdkError:
        remove_tree(build.folder)
        raise


def _named(builds: list[PublishedBuild], run_id: str) -> PublishedBuild:
    known = [build.run_id for build in builds]
    if run_id in known:
        return builds[known.index(run_id)]
    raise UnknownName(f"no build {run_id!r} was kept", hint=suggestion(run_id, known, heading="kept"))


def _before(current: PublishedBuild, builds: list[PublishedBuild]) -> PublishedBuild:
    """The build that was published when `current` was made; when that is gone, the one made before it."""
    earlier = [build for build in builds if build.run_id < current.run_id]
    for build in earlier:
        if build.run_id == current.record.parent:
            return build
    if not earlier:
        raise UsageError("there is no earlier build to go back to")
    return max(earlier, key=lambda build: build.run_id)


def _last_good(store: BuildStore, builds: list[PublishedBuild]) -> PublishedBuild:
    for build in reversed(builds):
        kept = kept_copy(store.state, store.published, build.run_id)
        with translate_errors(kept):
            if kept.exists() and digest(kept) == build.record.artifact.sha256:
                return build
    if not builds:
        raise UsageError("no build was kept to go back to", hint="`sbdk dev --full-refresh` makes a new one")
    raise _damaged(kept_copy(store.state, store.published, builds[-1].run_id))


def _damaged(kept: Path) -> WarehouseDamaged:
    hint = "name another build (`sbdk rollback RUN`), or `sbdk dev --full-refresh`"
    return WarehouseDamaged(
        "this kept build is damaged too: its SHA-256 differs from the manifest's", file=kept, hint=hint
    )
