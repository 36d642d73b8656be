"""Two things that dbt works out at every start, kept in a file: a fifth of the worker's processor time.

The JSON schemas by which dbt checks its configuration files depend on nothing but the installed code, and a template's
compiled code on nothing but its text and the installed code. So both are kept under the versions of that code: as
Python keeps `.pyc` files, and Jinja the templates that it loads from files (dbt's come as strings).
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
MOST = 5_000  # templates; a project has a few hundred


class ParseCache:
    """The file's content, and dbt's two functions with it in front of them."""

    def __init__(self, target_path: str) -> None:
        self._path = Path(target_path, FILE)
        self._versions = [sys.version, *(version(name) for name in PACKAGES)]
        self._schemas: dict[str, str] = {}
        self._templates: dict[str, CodeType] = {}
        self._new = False

    def install(self) -> None:
        """Read the file and put it in front of dbt's functions; for the life of this process."""
        self.read()
        cache_schemas(self.schema, self.keep_schema)
        cache_templates(self.template, self.keep_template)

    def save(self) -> None:
        """Write the file if there is anything new, whole or not at all."""
        if not self._new:
            return
        templates = self._templates if len(self._templates) <= MOST else {}
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
