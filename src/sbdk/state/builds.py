"""Which builds stay, and tidying up after a run that was killed."""

from __future__ import annotations

from pathlib import Path

from sbdk.warehouse.durable import arrival_name, clear
from sbdk.warehouse.manifest import (
    Published,
    folder_of,
    mark_published,
    published_build,
    published_name,
    read_manifest,
    retract,
    run_ids,
    sequence_of,
)

KEEP = 5


def kept_builds(published: Path, state: Path, current: str | None) -> list[Published]:
    """Every build of this published file that went live and can be gone back to, in the order of publication.

    `current` counts as live even when a kill came between its rename and its mark.
    """
    found = []
    name = published_name(published, state)
    for run_id in run_ids(state):
        manifest = read_manifest(state, run_id)
        if manifest is None or manifest.file != name:
            continue
        here = run_id == current
        build = published_build(
            state, manifest, published if here else kept_copy(state, published, run_id), current=here
        )
        if here or build.sequence:
            found.append(build)
    return sorted(found, key=lambda build: (build.current and not build.sequence, build.sequence))


def kept_copy(state: Path, published: Path, run_id: str) -> Path:
    """Where the copy of a build lies."""
    return folder_of(state, run_id) / published.name


def latest_sequence(published: Path, state: Path) -> int:
    """The number of the last publication of this file; 0 when there was none."""
    return max((build.sequence for build in kept_builds(published, state, None)), default=0)


def drop_old(published: Path, state: Path, current: str) -> None:
    """Keep the last builds, the current one among them."""
    builds = kept_builds(published, state, current)
    surplus = len(builds) - KEEP
    for build in [build for build in builds if not build.current][: max(surplus, 0)]:
        forget(state, build.run_id)


def forget(state: Path, run_id: str) -> None:
    """Remove a build; its mark goes first, so that a kill half-way leaves what `tidy` sweeps up."""
    folder = folder_of(state, run_id)
    (folder / "published.json").unlink(missing_ok=True)
    clear(folder)


def tidy(published: Path, state: Path, current: str | None) -> None:
    """Bring the folders in line with what is published, after a run that may have been killed anywhere.

    `current` is the run id inside the published file, None when it is missing or unreadable: then nothing is judged.
    """
    arrival_name(published).unlink(missing_ok=True)
    if current is None:
        return
    name = published_name(published, state)
    for run_id in run_ids(state):
        manifest = read_manifest(state, run_id)
        of_another_target = manifest is not None and manifest.file != name
        if run_id != current and not sequence_of(state, run_id) and not of_another_target:
            forget(state, run_id)
    if sequence_of(state, current) < max(latest_sequence(published, state), 1):
        mark_published(state, current)
    retract(state)
    drop_old(published, state, current)
