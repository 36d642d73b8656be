"""Checks a user declares: `checks/*.sql`, each one query that returns the rows that should not be there.

Severity and description stand in comments at the top of the file, or in `checks/checks.yml`:

    -- severity: warn
    -- description: orders of more than 10,000 are worth a look
    select * from fct_orders where amount_usd > 10000
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from sbdk.core.errors import ConfigError
from sbdk.core.suggest import nearest, suggestion
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
    """A query whose every row is a failure. `file` is where it stands; `name` is the file's without `.sql`."""

    name: str
    sql: str
    severity: Severity
    file: Path
    description: str = ""


def read_checks(folder: Path) -> list[Check]:
    """The checks in `folder`, by name; none if there is no folder. ConfigError names file and key."""
    said = _sidecar(folder)
    checks = [_read(path, said) for path in sorted(folder.glob("*.sql"))]
    for name in said:
        if name not in {check.name for check in checks}:
            near = nearest(name, [check.name for check in checks])
            hint = f"did you mean {near!r}?" if near else f"there is no {name}.sql beside it"
            raise ConfigError(f"{name}: no such check", file=folder / SIDECAR, hint=hint)
    return checks


def _read(path: Path, said: dict[str, dict[str, str]]) -> Check:
    if not _NAME.fullmatch(path.stem):
        raise ConfigError("a check's file name is made of letters, digits, _ - and .", file=path)
    sql = read_text(path)
    header = _header(sql, path)
    beside = said.get(path.stem, {})
    for key in header.keys() & beside.keys():
        raise ConfigError(f"{key} is given here and in {SIDECAR}: leave one out", file=path)
    facts = {**header, **beside}
    return Check(path.stem, sql, _severity(facts.get("severity", "error"), path), path, facts.get("description", ""))


def _header(sql: str, path: Path) -> dict[str, str]:
    """`-- key: value` of the comment lines before the first line of SQL; other comments are just comments."""
    found: dict[str, str] = {}
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
        if near in found:
            raise ConfigError(f"line {number}: {near} stands here a second time", file=path)
        found[near] = match[2]
    return found


def _severity(text: str, path: Path) -> Severity:
    if text not in SEVERITIES:
        hint = suggestion(text.lower(), SEVERITIES, cutoff=0.4)
        raise ConfigError(f"severity: {text!r:.60} is not known", file=path, hint=hint)
    return cast(Severity, text)


def _sidecar(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / SIDECAR
    if not path.is_file():
        return {}
    content = strict_yaml.load(path)
    if content is None:
        return {}
    if not isinstance(content, dict) or list(content) != ["checks"] or not isinstance(content["checks"], dict):
        raise ConfigError("must be `checks:` with a mapping from name to severity and description", file=path)
    return {name: _facts(name, facts, path) for name, facts in content["checks"].items()}


def _facts(name: str, facts: Any, path: Path) -> dict[str, str]:
    if not isinstance(facts, dict):
        raise ConfigError(f"checks.{name}: must be a mapping with severity or description", file=path)
    for key, value in facts.items():
        if key not in _KEYS:
            hint = suggestion(key, _KEYS, cutoff=0.5)
            raise ConfigError(f"checks.{name}.{key}: unknown key", file=path, hint=hint)
        if not isinstance(value, str):
            raise ConfigError(f"checks.{name}.{key}: must be a text, not {value!r:.60}", file=path)
    if "severity" in facts:
        _severity(facts["severity"], path)
    return facts
