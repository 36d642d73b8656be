"""Hashes of a project's inputs: equal ones mean that the published build is up to date."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sbdk.run.environment import environment_of
from sbdk.spec.project import ProjectSpec
from sbdk.state.record_parts import Digests, Inputs
from sbdk.version import __version__

_NOT_INPUT = {"target", "logs", "dbt_packages", "__pycache__", ".user.yml"}
# Files that editors write beside one that is open or just saved: ~backup, .swp, #lock#, vim's probe 4913.
_EDITOR_FILES = re.compile(r"^(?:.*~|\..*\.sw[a-z]|\.?#.*|4913|.*\.tmp|.*___jb_(?:tmp|old)___|\.DS_Store)$")
_ENV_VAR = re.compile(rb"""env_var\(\s*['"](\w+)['"]""")


def tree_hash(folder: Path) -> str:
    """SHA-256 over names and contents of the files below `folder`, in name order, without those that dbt writes."""
    digest = hashlib.sha256()
    for path in sorted(files_below(folder)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def files_below(folder: Path) -> Iterable[Path]:
    """The files below `folder`, without those that dbt, Python or an editor writes."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name in _NOT_INPUT or _EDITOR_FILES.match(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from files_below(path)
        elif path.is_file():
            yield path


def digests(folder: Path, root: Path) -> Digests:
    """The files below `folder`, by name relative to `root` if they are below it. One that vanishes is left out."""
    hashes: Digests = {}
    for path in sorted(files_below(folder)):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        try:
            hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        except FileNotFoundError:
            continue
    return hashes


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names that are new, gone or different, sorted."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def datasets_hash(project: ProjectSpec) -> str:
    """Over everything that shapes synthetic data: settings, declared data sets, plugins, the version of sbdk."""
    settings = project.config.world_settings()
    declared = [
        (name, (project.root / name).read_text()) for name in project.config.datasets if (project.root / name).is_file()
    ]
    parts = [repr(settings), project.config.datasets, project.config.dirt, declared, tree_hash(project.plugins)]
    text = json.dumps([__version__, *parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def project_inputs(project: ProjectSpec) -> Inputs:
    """Hashes by part of the project, without `pipelines/`, whose files are compared one by one."""
    return Inputs(
        datasets=datasets_hash(project),
        range=range_of(project),
        dbt=_dbt_digests(project),
        checks=digests(project.checks, project.root),
        raw_schema=project.config.dlt.dataset_name,
    )


def range_of(project: ProjectSpec) -> tuple[str, str]:
    """The configured start and end, as in a build's inputs."""
    settings = project.config.world_settings()
    return settings.start.isoformat(), settings.anchor.isoformat()


def _dbt_digests(project: ProjectSpec) -> Digests:
    hashes = {**digests(project.dbt, project.root), **digests(project.profiles, project.root)}
    hashes.update({f"${name}": _short_hash(value) for name, value in _variables(project).items()})
    return hashes


def _variables(project: ProjectSpec) -> dict[str, str]:
    """Environment variables that files of the dbt project read, without those of sbdk and dbt's secrets."""
    names = {name.decode() for path in files_below(project.dbt) for name in _ENV_VAR.findall(_text_of(path))}
    environment = environment_of(project)
    return {
        name: environment.get(name, "") for name in sorted(names) if not name.startswith(("SBDK_", "DBT_ENV_SECRET"))
    }


def _text_of(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.suffix in {".sql", ".yml", ".yaml", ".py"} else b""
    except FileNotFoundError:
        return b""


def _short_hash(value: str) -> str:
    """16 bits: enough to see a change, too few to find a password by trying."""
    return hashlib.sha256(value.encode()).hexdigest()[:4]
