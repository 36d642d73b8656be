"""Hashes of a project's inputs: equal ones mean that the published build is up to date."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sbdk.run.environment import environment_of
from sbdk.spec.data_sets import entries
from sbdk.spec.dbt_folders import folders_elsewhere
from sbdk.spec.project import ProjectSpec
from sbdk.state.record_parts import Digests, Inputs
from sbdk.synth.vocab import NAMES_VERSION
from sbdk.version import __version__

_NOT_INPUT = {"__pycache__", ".user.yml"}
_OF_DBT = {"target", "logs"}  # folders of dbt's own, directly in its project; a folder of models may be called so, too
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
    """The files below `folder`, without those that dbt, Python or an editor writes. Linked folders are followed (dbt
    links packages that are on this machine), each once."""
    yield from _files_below(folder, _OF_DBT if (folder / "dbt_project.yml").is_file() else set(), set())


def _files_below(folder: Path, left_out: set[str], seen: set[Path]) -> Iterable[Path]:
    if not folder.is_dir() or (folder.is_symlink() and folder.resolve() in seen):
        return
    seen.add(folder.resolve())
    for path in folder.iterdir():
        if path.name in _NOT_INPUT or path.name in left_out or _EDITOR_FILES.match(path.name):
            continue
        if path.is_dir():
            package = path.parent.name == "dbt_packages"
            yield from _files_below(path, _OF_DBT | {".git"} if package else set(), seen)
        elif path.is_file():
            yield path


def digests(folder: Path, root: Path) -> Digests:
    """The files below `folder`, by name relative to `root` if they are below it. One that vanishes is left out."""
    return _digests_of(sorted(files_below(folder)), root)


def _digests_of(paths: Iterable[Path], root: Path) -> Digests:
    hashes: Digests = {}
    for path in paths:
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
    """Over everything that shapes synthetic data: settings, declared data sets, plugins, versions of sbdk's rules."""
    settings = project.config.world_settings()
    declared = [
        (name, (project.root / name).read_text()) for name in project.config.datasets if (project.root / name).is_file()
    ]
    parts = [repr(settings), project.config.datasets, project.config.dirt, declared, tree_hash(project.plugins)]
    known = entries()
    versions = [__version__, NAMES_VERSION, *(known[name].version for name in project.config.datasets if name in known)]
    text = json.dumps([versions, *parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def project_inputs(project: ProjectSpec, variables: Iterable[str] = ()) -> Inputs:
    """Hashes by part of the project, without `pipelines/`, whose files are compared one by one.

    `variables`: of the environment, that dbt is known to look up, besides those that its files name.
    """
    return Inputs(
        datasets=datasets_hash(project),
        range=range_of(project),
        dbt=_dbt_digests(project, variables),
        checks=digests(project.checks, project.root),
        contracts=digests(project.contracts, project.root),
        raw_schema=project.config.dlt.dataset_name,
    )


def range_of(project: ProjectSpec) -> tuple[str, str]:
    """The configured start and end, as in a build's inputs."""
    settings = project.config.world_settings()
    return settings.start.isoformat(), settings.anchor.isoformat()


def _dbt_digests(project: ProjectSpec, variables: Iterable[str]) -> Digests:
    hashes: Digests = {}
    for folder in (project.dbt, *folders_elsewhere(project.dbt)):
        hashes |= digests(folder, project.root)
    hashes |= _digests_of([project.profiles / "profiles.yml"], project.root)
    named = _variables_in_files(project)
    hashes |= {f"${name}": _short_hash(value) for name, value in _values(project, named).items()}
    hashes |= looked_up(project, set(variables) - named)
    if project.vars:
        text = json.dumps(project.vars, sort_keys=True, default=str)
        hashes[VARS] = hashlib.sha256(text.encode()).hexdigest()
    return hashes


VARS = "$--vars"
"""The entry of the vars that the configuration and the command line set; no environment variable has such a name."""


LOOKED_UP = "$?"
"""Before the names of variables that dbt looks up though no file names them as a literal."""


def looked_up(project: ProjectSpec, variables: Iterable[str]) -> Digests:
    """Digests of variables of the environment that dbt is known to have looked up."""
    return {f"{LOOKED_UP}{name}": _short_hash(value) for name, value in _values(project, variables).items()}


def _variables_in_files(project: ProjectSpec) -> set[str]:
    """Environment variables that files of the dbt project name."""
    return {name.decode() for path in files_below(project.dbt) for name in _ENV_VAR.findall(_text_of(path))}


def _values(project: ProjectSpec, names: Iterable[str]) -> dict[str, str]:
    """The values of variables, without those of sbdk and dbt's secrets."""
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
