"""What a build was made from, as hashes: the ground on which a run says "up to date"."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sbdk import __version__
from sbdk.spec.project import LoadedProject

_NOT_INPUT = {"target", "logs", "dbt_packages", "__pycache__", ".user.yml"}


def tree_hash(folder: Path) -> str:
    """SHA-256 over names and contents of the files below `folder`, in name order, but for what dbt writes."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name in _NOT_INPUT:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        elif path.is_file():
            yield path


def world_hash(project: LoadedProject) -> str:
    """Over everything that shapes synthetic data: settings, declared data sets, plugins, the version of sbdk."""
    settings = project.config.world_settings()
    declared = [
        (name, (project.root / name).read_text()) for name in project.config.datasets if (project.root / name).is_file()
    ]
    own = [repr(settings), project.config.datasets, project.config.dirt, declared, tree_hash(project.plugins)]
    text = json.dumps([__version__, *own], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def project_inputs(project: LoadedProject) -> dict[str, Any]:
    """Hashes by part of the project, but for `pipelines/`, whose files are judged one by one."""
    settings = project.config.world_settings()
    return {
        "world": world_hash(project),
        "range": [settings.start.isoformat(), settings.anchor.isoformat()],
        "dbt": tree_hash(project.dbt) + tree_hash(project.profiles),
        "checks": tree_hash(project.checks),
        "dataset": project.config.dlt.dataset_name,
    }
