"""Checks that a user declares: `checks/*.sql`, each one query that returns the bad rows.

Severity and description are comments at the top of the file, or entries of `checks/checks.yml`:

    -- severity: warn
    -- description: orders of more than 10,000 are worth a look
    select * from fct_orders where amount_usd > 10000
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from sbdk.core.errors import ConfigError, nearest, suggestion
from sbdk.spec import strict_yaml
from sbdk.spec.strict_json import read_text

Severity = Literal["error", "warn"]
SEVERITIES = ("error", "warn")
SIDECAR = "checks.yml"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_HEADER = re.compile(r"--\s*(\w+)\s*:\s*(.*?)\s*")
_KEYS = ("severity", "description")


@dataclass(frozen=True)
class Check:
    """A query whose every row is a failure, read from `file`; `name` is the file's name without `.sql`."""

    name: str
    sql: str
    severity: Severity
    file: Path
    description: str = ""


def read_checks(folder: Path) -> list[Check]:
    """The checks in `folder`, sorted by name; none if there is no folder. ConfigError names file and key."""
    sidecar = _read_sidecar(folder)
    checks = [_read_check(path, sidecar) for path in sorted(folder.glob("*.sql"))]
    for name in sidecar:
        if name not in {check.name for check in checks}:
            near = nearest(name, [check.name for check in checks])
            hint = f"did you mean {near!r}?" if near else f"there is no {name}.sql beside it"
            raise ConfigError(f"{name}: no such check", file=folder / SIDECAR, hint=hint)
    return checks


def _read_check(path: Path, sidecar: dict[str, dict[str, str]]) -> Check:
    if not _NAME.fullmatch(path.stem):
        raise ConfigError("a check's file name is made of letters, digits, _ - and .", file=path)
    sql = read_text(path)
    header = _read_header(sql, path)
    entry = sidecar.get(path.stem, {})
    for key in header.keys() & entry.keys():
        raise ConfigError(f"{key} is given here and in {SIDECAR}: leave one out", file=path)
    keys = {**header, **entry}
    return Check(path.stem, sql, _severity(keys.get("severity", "error"), path), path, keys.get("description", ""))


def _read_header(sql: str, path: Path) -> dict[str, str]:
    """`-- key: value` in the comment lines before the first line of SQL; other comments are skipped."""
    header: dict[str, str] = {}
    for number, line in enumerate(sql.splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("--"):
            break
        match = _HEADER.fullmatch(text)
        near = nearest(match[1].lower(), _KEYS, 0.8) if match else None
        if match is None or near is None:
            continue
        if match[1] != near:
            raise ConfigError(f"line {number}: unknown key {match[1]!r}", file=path, hint=f"did you mean {near!r}?")
        if near in header:
            raise ConfigError(f"line {number}: {near} is given a second time", file=path)
        header[near] = match[2]
    return header


def _severity(text: str, path: Path) -> Severity:
    if text not in SEVERITIES:
        hint = suggestion(text.lower(), SEVERITIES, cutoff=0.4)
        raise ConfigError(f"severity: {text!r:.60} is not known", file=path, hint=hint)
    return cast(Severity, text)


def _read_sidecar(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / SIDECAR
    if not path.is_file():
        return {}
    content = strict_yaml.load(path)
    if content is None:
        return {}
    if not isinstance(content, dict) or list(content) != ["checks"] or not isinstance(content["checks"], dict):
        raise ConfigError("must be `checks:` with a mapping from name to severity and description", file=path)
    return {name: _checked_entry(name, entry, path) for name, entry in content["checks"].items()}


def _checked_entry(name: str, entry: Any, path: Path) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise ConfigError(f"checks.{name}: must be a mapping with severity or description", file=path)
    for key, value in entry.items():
        if key not in _KEYS:
            hint = suggestion(key, _KEYS, cutoff=0.5)
            raise ConfigError(f"checks.{name}.{key}: unknown key", file=path, hint=hint)
        if not isinstance(value, str):
            raise ConfigError(f"checks.{name}.{key}: must be a text, not {value!r:.60}", file=path)
    if "severity" in entry:
        _severity(entry["severity"], path)
    return entry
