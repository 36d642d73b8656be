from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sbdk.spec.loader import load_project
from sbdk.spec.project import ProjectSpec

Write = Callable[..., Path]
Load = Callable[..., ProjectSpec]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write sbdk_config.json: keys over a minimal configuration, or the raw bytes of the file."""

    def write_config(raw: bytes | None = None, /, **keys: Any) -> Path:
        path = tmp_path / "sbdk_config.json"
        path.write_bytes(raw if raw is not None else json.dumps({"project": "shop", **keys}).encode())
        return path

    return write_config


@pytest.fixture
def load(write: Write, tmp_path: Path) -> Load:
    """Load a project whose file has these keys, in an environment of its own."""

    def load_config(
        env: dict[str, str] | None = None, *, dotenv: str | None = None, option: str | None = None, **keys: Any
    ) -> ProjectSpec:
        write(**keys)
        if dotenv is not None:
            path = tmp_path / ".env"
            path.write_text(dotenv)
            path.chmod(0o600)
        return load_project(tmp_path, target=option, env=env or {})

    return load_config
