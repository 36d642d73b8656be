"""The folders of a dbt project, as its dbt_project.yml names them; dbt's defaults where it names none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DEFAULTS = {
    "model-paths": ["models"],
    "seed-paths": ["seeds"],
    "snapshot-paths": ["snapshots"],
    "test-paths": ["tests"],
    "function-paths": ["functions"],
    "macro-paths": ["macros"],
}
BUILDING = ("model-paths", "seed-paths", "snapshot-paths", "test-paths", "function-paths")
_SUFFIXES = {".sql", ".py", ".csv"}


def has_dbt_work(dbt: Path) -> bool:
    """True when the dbt project, or a package installed in it, holds anything to build or test."""
    if any(_builds(dbt / name) for key in BUILDING for name in _paths(dbt)[key]):
        return True
    return any(has_dbt_work(package) for package in packages_of(dbt))


def packages_of(dbt: Path) -> list[Path]:
    """The folders of the packages that `dbt deps` installed."""
    folder = dbt / str(_settings(dbt).get("packages-install-path") or "dbt_packages")
    return sorted(path.parent for path in folder.glob("*/dbt_project.yml")) if folder != dbt else []


def folders_elsewhere(dbt: Path) -> list[Path]:
    """Folders of the dbt project that lie outside of it, with models, macros and so on."""
    root = dbt.resolve()
    found = {(dbt / name).resolve() for names in _paths(dbt).values() for name in names}
    packages = {package.parent.resolve() for package in packages_of(dbt)}
    return sorted(folder for folder in found | packages if folder.is_dir() and not folder.is_relative_to(root))


def _builds(folder: Path) -> bool:
    return any(
        path.suffix in _SUFFIXES or (path.suffix in {".yml", ".yaml"} and _names_tests(path))
        for path in folder.rglob("*")
    )


def _names_tests(path: Path) -> bool:
    """Whether a YAML file may declare tests of sources, snapshots: these need no SQL file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(word in text for word in ("tests:", "snapshots:"))


def _paths(dbt: Path) -> dict[str, list[str]]:
    settings = _settings(dbt)
    found = {}
    for key, default in DEFAULTS.items():
        named = settings.get(key)
        found[key] = [str(each) for each in named] if isinstance(named, list) and named else default
    return found


def _settings(dbt: Path) -> dict[str, Any]:
    """dbt_project.yml as a mapping; empty where it is missing or no YAML, which dbt will report."""
    import yaml

    try:
        found = yaml.safe_load((dbt / "dbt_project.yml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
