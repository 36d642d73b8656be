"""Secrets in the files that dbt leaves in its target folder, blotted out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from .scrub import Scrubber

BINARY = ("partial_parse.msgpack", "kept_by_sbdk.bin")


def blot(target_path: str, scrub: Scrubber, also: Iterable[Path] = ()) -> None:
    """Rewrite compiled SQL and artifacts without the secrets' values; drop dbt's parse state when it holds one.

    dbt keeps the value of every environment variable that a model or a YAML file asks for in its parse state, to see
    when it changes. Such a project is parsed anew every time. Nothing is read when there is no secret.
    """
    if not scrub.has_secrets:
        return
    for state in (Path(target_path, name) for name in BINARY):
        with contextlib.suppress(OSError):
            if scrub.found_in(state.read_bytes().decode("latin-1")):
                state.unlink()
    for path in [*_text_files(Path(target_path)), *also]:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = path.read_text(encoding="utf-8")
            if scrub.found_in(text):
                path.write_text(scrub.text(text), encoding="utf-8")


def _text_files(target: Path) -> list[Path]:
    folders = [target / "compiled", target / "run"]
    return [p for folder in folders for p in folder.rglob("*") if p.is_file()] + list(target.glob("*.json"))
