"""What `sbdk doctor` reports about the DuckDB files of a project."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from sbdk.core.errors import LockHeld, NewerFormat, SbdkError
from sbdk.state.builds import PublishedBuild, kept_copy
from sbdk.targets.base import Problem
from sbdk.targets.duckdb.copy import digest
from sbdk.targets.duckdb.errors import check_publish_path
from sbdk.targets.duckdb.store import BuildStore
from sbdk.targets.duckdb.strays import wal_of


def diagnose_target(store: BuildStore) -> list[Problem]:
    """Every problem, errors first. Reads every byte of the published file and of the kept builds; changes nothing."""
    problems: dict[Problem, None] = {}
    for diagnose in (_published_file, _stray_wal, _kept_builds, _unfinished_build, _disk_space):
        try:
            problems |= dict.fromkeys(diagnose(store))
        except NewerFormat as error:  # of any build: reported once
            problems[Problem("error", error.code, str(error), error.hint)] = None
    return sorted(problems, key=lambda problem: problem.severity)


def _published_file(store: BuildStore) -> Iterator[Problem]:
    try:
        check_publish_path(store.published, store.state.root)
        store.verify()
    except SbdkError as error:
        yield Problem("warn" if isinstance(error, LockHeld) else "error", error.code, str(error), error.hint)


def _stray_wal(store: BuildStore) -> Iterator[Problem]:
    log = wal_of(store.published)
    if os.path.lexists(log):
        text = f"{log} lies beside the published file: another program writes to it, or did and was killed"
        yield Problem("warn", "foreign_wal", text, "open the file read-only there; the next run moves the log aside")


def _kept_builds(store: BuildStore) -> Iterator[Problem]:
    for build in store.builds():
        kept = kept_copy(store.state, store.published, build.run_id)
        if kept.parent.exists() and not _is_sound(
            build, kept
        ):  # no folder: a run that published meanwhile has dropped the build
            text = f"the kept build {build.run_id} is damaged or missing; it cannot be rolled back to"
            yield Problem("warn", "kept_damaged", text)


def _is_sound(build: PublishedBuild, kept: Path) -> bool:
    try:
        return kept.stat().st_size == build.size and digest(kept) == build.record.artifact.sha256
    except OSError:
        return False


def _unfinished_build(store: BuildStore) -> Iterator[Problem]:
    folder = store.state.build
    if folder.exists() and store.failed() is None:
        text = f"{folder} is the build of a run that is under way or was killed"
        yield Problem("warn", "unfinished", text, "nothing to do: the next run removes it")


def _disk_space(store: BuildStore) -> Iterator[Problem]:
    try:
        size = store.published.stat().st_size
        free = shutil.disk_usage(store.published.parent).free
    except OSError:
        return
    if free < 3 * size:  # a run writes the build and its kept copy, and both grow
        yield Problem(
            "warn", "space", f"{free >> 20} MB are free; a run may need {3 * size >> 20} MB", "free some space"
        )
