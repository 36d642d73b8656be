"""Writes what `sbdk add` made: the pipeline file, and the secrets into `.env`, readable by its owner only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sbdk.core.errors import DiskError, UsageError
from sbdk.core.files import atomic_write
from sbdk.spec.project import ProjectSpec

_PLAIN = re.compile(r"[\w:/@.+%&=?,~-]+")


@dataclass(frozen=True)
class Added:
    """What was written, and what was seen of the source: for people and as JSON. It holds no secret."""

    source: str
    name: str
    file: Path
    variables: tuple[str, ...]
    tables: list[dict[str, Any]]
    columns: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        preview = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {
            "source": self.source,
            "name": self.name,
            "file": str(self.file),
            "variables": list(self.variables),
            "tables": self.tables,
            "preview": preview,
            "notes": list(self.notes),
        }


def pipeline_path(project: ProjectSpec, name: str) -> Path:
    """The path of the file to write; UsageError if there is one already."""
    path = project.pipelines / f"{name}.py"
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path.name} exists already", file=path, hint="choose another name, or remove the file")
    return path


def check_secrets(project: ProjectSpec, secrets: Mapping[str, str]) -> None:
    """UsageError if `.env` already has another value for one of them."""
    for variable, value in secrets.items():
        if project.dotenv.get(variable, value) != value:
            hint = f"remove the line {variable}=… there, or leave the option out to use it"
            raise UsageError(f"{variable} has another value already", file=project.root / ".env", hint=hint)


def write(project: ProjectSpec, path: Path, text: str, secrets: Mapping[str, str]) -> None:
    """Write the secrets first and the file then, each atomically; DiskError names what cannot be written."""
    check_secrets(project, secrets)
    try:
        _write_secrets(project.root / ".env", {k: v for k, v in secrets.items() if k not in project.dotenv})
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, text)
    except OSError as error:
        raise DiskError(f"cannot be written: {error.strerror}", file=error.filename or path) from error


def _write_secrets(env: Path, secrets: Mapping[str, str]) -> None:
    if not secrets:
        return
    before = env.read_text(encoding="utf-8") if env.exists() else ""
    lines = "".join(f"{name}={quoted_value(value)}\n" for name, value in secrets.items())
    atomic_write(env, f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{lines}", mode=0o600)


def quoted_value(value: str) -> str:
    """The value as `.env` has it: in single quotes unless it is plain."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
