"""`sbdk init`: creates a project folder from a template."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from contextlib import suppress
from datetime import date, timedelta
from importlib.metadata import entry_points
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from sbdk.app.from_dbt import take_over
from sbdk.core.errors import DiskError, SbdkError, UsageError
from sbdk.templates import GROUP, SHIPPED

NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
TOKEN = "__project__"


def templates() -> list[str]:
    """Names of all templates: the shipped ones, and those of installed packages."""
    return sorted({*SHIPPED, *(point.name for point in entry_points(group=GROUP))})


def _template_files(template: str) -> Traversable:
    """The files of a template: a shipped one, or a folder in an installed package (`package:folder`)."""
    if template in SHIPPED:
        return files("sbdk.templates") / template
    point = entry_points(group=GROUP)[template]
    return files(point.module) / point.attr


def check_name(name: str) -> str:
    """The name, if it is allowed; else a UsageError with the rule for names."""
    if NAME.fullmatch(name) is None:
        hint = "a letter a–z, then at most 62 letters, digits, - or _; for example shop"
        raise UsageError(f"{name!r} is not a project name", hint=hint)
    return name


def scaffold(
    parent: Path,
    name: str,
    template: str = SHIPPED[0],
    *,
    today: date,
    settings: dict[str, Any] | None = None,
    from_dbt: Path | None = None,
    changes: list[str] | None = None,
) -> Path:
    """Write the project `parent/name`, atomically, and return its path.

    `from_dbt`: a dbt project that takes the place of the template's; `changes` receives what is different in it.
    """
    check_name(name)
    target = parent / name
    if target.exists() or target.is_symlink():
        raise UsageError(f"{name} exists already", file=target, hint="choose another name, or remove it")
    if template not in templates():
        raise UsageError(f"no template is called {template!r}", hint=f"known: {', '.join(templates())}")
    try:
        _write(parent, target, name, template, today, settings or {}, from_dbt, [] if changes is None else changes)
    except OSError as error:
        raise DiskError(f"the project cannot be written: {error.strerror}", file=error.filename or target) from error
    return target


def _write(
    parent: Path,
    target: Path,
    name: str,
    template: str,
    today: date,
    settings: dict[str, Any],
    from_dbt: Path | None,
    changes: list[str],
) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
    try:
        shipped = copy_template(template, draft, name.replace("-", "_"))
        if from_dbt is not None:
            of_dbt, changed = take_over(from_dbt, draft / "dbt", target)
            settings = {**of_dbt, **settings}
            changes += changed
        config = {"$schema": "./.sbdk_config.schema.json", "project": name, **_dates(today), **shipped, **settings}
        _write_config(draft, config)
        draft.chmod(0o755)
        os.rename(draft, target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def copy_template(template: str, folder: Path, identifier: str) -> dict[str, Any]:
    """Copy the template's files, and those that all templates share, into `folder`; returns the template's settings.

    `identifier` replaces the token for the project's name in all files.
    """
    ignored_patterns = shutil.ignore_patterns("__pycache__", "template.json", "gitignore")
    with as_file(_template_files(template)) as template_files, as_file(files("sbdk.templates") / "_shared") as shared:
        shutil.copytree(shared / "plugins", folder / "plugins", dirs_exist_ok=True)
        (folder / "dbt").mkdir(exist_ok=True)
        shutil.copy(shared / "profiles.yml", folder / "dbt")
        shutil.copytree(template_files, folder, dirs_exist_ok=True, ignore=ignored_patterns)
        gitignore = next(path / "gitignore" for path in (template_files, shared) if (path / "gitignore").is_file())
        shutil.copy(gitignore, folder / ".gitignore")  # in the package, a file of that name would hide others
        extra = template_files / "template.json"
        settings: dict[str, Any] = json.loads(extra.read_text()) if extra.is_file() else {}
        for name in settings.pop("$macros", ()):
            _copy_macros(name, shared / "macros", folder / "dbt" / "macros")
    _replace_token(folder, identifier)
    return settings


def _copy_macros(name: str, shared: Path, macros: Path) -> None:
    """Copy one of the templates' shared macros, or, by the name of a package of sbdk, all macros of that package."""
    if name.endswith(".sql"):
        (macros / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared / name, macros / name)
        return
    with as_file(files(f"sbdk.{name}") / "dbt") as source:
        shutil.copytree(source, macros / name)


def _dates(today: date) -> dict[str, str]:
    return {"start_date": (today - timedelta(days=365)).isoformat(), "end_date": today.isoformat()}


def _replace_token(folder: Path, identifier: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and TOKEN in (text := path.read_text(encoding="utf-8")):
            path.write_text(text.replace(TOKEN, identifier), encoding="utf-8")


def _write_config(folder: Path, config: dict[str, Any]) -> None:
    from sbdk.spec.config import json_schema

    (folder / "sbdk_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / ".sbdk_config.schema.json").write_text(json.dumps(json_schema(), indent=1) + "\n", encoding="utf-8")
    env = folder / ".env"
    if not env.exists():
        env.write_text("# Secrets and settings of this machine only, for example SBDK_DATA_VOLUME__USERS=1000\n")
    env.chmod(0o600)


def warm_up(project: Path) -> None:
    """Parse the dbt project once, so that the first `sbdk dev` does not have to. Errors are ignored."""
    from sbdk.project import Project
    from sbdk.run.dbt_workers import variables
    from sbdk.transform.dbt_cli import warm_parse
    from sbdk.transform.process import choose_python

    opened = Project(project)
    loaded, state = opened.loaded, opened.state
    with suppress(SbdkError):
        warm_parse(
            python=choose_python(loaded.root).path,
            dbt_dir=loaded.dbt,
            profiles_dir=loaded.profiles,
            target_path=state.dbt_target,
            log_path=state.init_log,
            target=loaded.config.target,
            database=state.build_file(loaded.published.name),
            variables=variables(loaded, None),
        )
