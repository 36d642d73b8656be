"""Caches in a file what dbt computes at every start: a fifth of the worker's processor time.

The JSON schemas by which dbt validates its configuration depend only on the installed code, and a template's compiled
code only on its text and the installed code. Both are cached with the versions of that code, like Python's `.pyc` files
and the templates that Jinja loads from files (dbt's come as strings).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import marshal
import sys
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

from .compat import cache_schemas, cache_templates

FILE = "kept_by_sbdk.bin"
PACKAGES = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb", "jinja2", "mashumaro")
MAX_TEMPLATES = 5_000  # templates; a project has a few hundred


class ParseCache:
    """The content of the file, and the patches that make dbt use it."""

    def __init__(self, target_path: str) -> None:
        self._path = Path(target_path, FILE)
        self._versions = [sys.version, *(version(name) for name in PACKAGES)]
        self._schemas: dict[str, str] = {}
        self._templates: dict[str, CodeType] = {}
        self._new = False

    def install(self) -> None:
        """Read the file and let dbt use it, until this process ends."""
        self.read()
        cache_schemas(self.schema, self.keep_schema)
        cache_templates(self.template, self.keep_template)

    def save(self) -> None:
        """Write the file, atomically, if there is anything new."""
        if not self._new:
            return
        templates = self._templates if len(self._templates) <= MAX_TEMPLATES else {}
        body = marshal.dumps((self._versions, self._schemas, templates))
        draft = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk is for dbt to report
            draft.write_bytes(hashlib.sha256(body).digest() + body)
            draft.replace(self._path)
            self._new = False

    def schema(self, name: str) -> dict[str, Any] | None:
        return json.loads(self._schemas[name]) if name in self._schemas else None

    def keep_schema(self, name: str, schema: dict[str, Any]) -> None:
        text = json.dumps(schema)
        if json.loads(text) == schema:
            self._schemas[name] = text
            self._new = True

    def template(self, source: str) -> CodeType | None:
        return self._templates.get(source)

    def keep_template(self, source: str, code: CodeType) -> None:
        self._templates[source] = code
        self._new = True

    def read(self) -> None:
        """A file that is missing, damaged or of other versions counts as empty."""
        try:
            content = self._path.read_bytes()
        except OSError:
            return
        digest, body = content[:32], content[32:]
        if hashlib.sha256(body).digest() != digest:
            return
        versions, schemas, templates = marshal.loads(body)
        if versions == self._versions:
            self._schemas, self._templates = schemas, templates
