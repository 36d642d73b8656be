"""Which build to go back to, and bringing its copy back, verified."""

from __future__ import annotations

import difflib
from pathlib import Path

from sbdk.core.errors import SbdkError, UnknownName, UsageError, WarehouseDamaged
from sbdk.state.builds import kept_copy
from sbdk.targets.duckdb.build import DuckDBBuild
from sbdk.targets.duckdb.copy import copy_and_hash, digest
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.targets.duckdb.store import BuildStore
from sbdk.warehouse.durable import clear, sync_file
from sbdk.warehouse.manifest import Published


def choose(store: BuildStore, run_id: str | None) -> Published:
    """The build named, else: of a sound published file the one before it, of a damaged or missing one its own copy."""
    builds = store.builds()
    if run_id is not None:
        return _named(builds, run_id)
    try:
        current = store.verify()
    except WarehouseDamaged:
        current = None
    return _last_good(store, builds) if current is None else _before(current, builds)


def bring_back(target: Published, build: DuckDBBuild, state: Path) -> None:
    """Copy a kept build into the build folder, verify it on the way, sync it. Raises WarehouseDamaged."""
    kept = kept_copy(state, build.path, target.run_id)
    try:
        with translate_errors(build.path):
            if copy_and_hash(kept, build.path) != target.manifest.sha256:
                raise _damaged(kept)
            sync_file(build.path)
    except SbdkError:
        clear(build.folder)
        raise


def _named(builds: list[Published], run_id: str) -> Published:
    known = [build.run_id for build in builds]
    if run_id in known:
        return builds[known.index(run_id)]
    near = difflib.get_close_matches(run_id, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UnknownName(f"no build {run_id!r} was kept", hint=f"{hint}kept: {', '.join(known) or 'none'}")


def _before(current: Published, builds: list[Published]) -> Published:
    """The build that was published when `current` was made; when that is gone, the one made before it."""
    earlier = [build for build in builds if build.run_id < current.run_id]
    for build in earlier:
        if build.run_id == current.manifest.parent:
            return build
    if not earlier:
        raise UsageError("there is no earlier build to go back to")
    return max(earlier, key=lambda build: build.run_id)


def _last_good(store: BuildStore, builds: list[Published]) -> Published:
    for build in reversed(builds):
        kept = kept_copy(store.state, store.published, build.run_id)
        with translate_errors(kept):
            if kept.exists() and digest(kept) == build.manifest.sha256:
                return build
    if not builds:
        raise UsageError("no build was kept to go back to", hint="`sbdk dev --full-refresh` makes a new one")
    raise _damaged(kept_copy(store.state, store.published, builds[-1].run_id))


def _damaged(kept: Path) -> WarehouseDamaged:
    hint = "name another build (`sbdk rollback RUN`), or `sbdk dev --full-refresh`"
    return WarehouseDamaged(
        "this kept build is damaged too: its SHA-256 differs from the manifest's", file=kept, hint=hint
    )
