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

from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.dataclass_schema import dbtClassMixin

FILE = "kept_by_sbdk.bin"
PACKAGES = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb", "jinja2", "mashumaro")
MOST = 5_000  # templates; a project has a few hundred


class Kept:
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
        _keep_schemas(self)
        _keep_templates(self)

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


def _keep_schemas(kept: Kept) -> None:
    mixin: Any = dbtClassMixin
    described: dict[type, dict[str, Any]] = {}
    describe = mixin.json_schema.__func__

    def json_schema(cls: type) -> dict[str, Any]:
        if cls not in described:
            name = f"{cls.__module__}.{cls.__qualname__}"
            schema = kept.schema(name)
            if schema is None:
                schema = describe(cls)
                kept.keep_schema(name, schema)
            described[cls] = schema
        return described[cls]

    mixin.json_schema = classmethod(json_schema)


def _keep_templates(kept: Kept) -> None:
    """Only the environment for text: dbt makes all of these alike, so that the text alone decides about the code."""
    environment: Any = MacroFuzzEnvironment
    compile_anew = environment.compile

    def compile_template(self: Any, source: Any, *place: Any, **options: Any) -> Any:
        if place or options or not isinstance(source, str):
            return compile_anew(self, source, *place, **options)
        code = kept.template(source)
        if code is None:
            code = compile_anew(self, source)
            kept.keep_template(source, code)
        return code

    environment.compile = compile_template
