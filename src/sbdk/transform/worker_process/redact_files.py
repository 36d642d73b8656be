"""Redacts secrets in the files that dbt writes to its target folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbdk.core.redact import Redactor

BINARY = ("partial_parse.msgpack", "kept_by_sbdk.bin")


def redact_files(target_path: str, redact: Redactor, also: Iterable[Path] = ()) -> None:
    """Rewrite compiled SQL and artifacts without the secrets' values; drop dbt's parse state when it holds one.

    dbt stores the value of every environment variable that a model or a YAML file reads in its parse state, to detect
    changes. With a secret among them, the project is parsed again every time. Without secrets, no file is read.
    """
    if not redact.has_secrets:
        return
    for state in (Path(target_path, name) for name in BINARY):
        with contextlib.suppress(OSError):
            if redact.found_in(state.read_bytes()):
                state.unlink()
    for path in [*_text_files(Path(target_path)), *also]:
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            if redact.found_in(content):
                path.write_bytes(redact.bytes(content))


def _text_files(target: Path) -> list[Path]:
    folders = [target / "compiled", target / "run"]
    return [p for folder in folders for p in folder.rglob("*") if p.is_file()] + list(target.glob("*.json"))
