"""Tries a pipeline file before it is written: runs its text as a module, and takes the first page of each resource."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from sbdk.core.errors import SbdkError, SourceError, SourceUnavailable
from sbdk.core.redact import Redactor
from sbdk.run.environment import exported_dotenv
from sbdk.spec.project import ProjectSpec

PREVIEW = 10


def first_rows(
    project: ProjectSpec, path: Path, text: str, secrets: Mapping[str, str]
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Columns and first ten rows of what the file at `path` would load, were `text` in it. Nothing is written.

    Raises SourceError, or SourceUnavailable where the source does not respond; no secret is in their texts.
    """
    from dlt.pipeline.exceptions import PipelineStepFailed

    from sbdk.load.errors import is_transient, origin
    from sbdk.load.session import session
    from sbdk.load.source_errors import explain
    from sbdk.load.sources import declared_sources

    try:
        with (
            tempfile.TemporaryDirectory() as work,
            exported_dotenv(project),
            _environment(secrets),
            session(project.root, Path(work)),
            _module(path, text) as (module, file),
        ):
            sources = declared_sources(module, file)
            return _table(list(islice(_rows(sources[0]), PREVIEW)))
    except SbdkError:
        raise
    except (Exception, PipelineStepFailed) as error:
        cause = origin(error)
        masked = Redactor(secrets.values())
        meant = explain(cause, secrets.values())
        message = meant.message if meant else masked.text(f"{type(cause).__name__}: {cause}"[:300])
        if is_transient(cause) or (meant and meant.transient):
            raise SourceUnavailable(message, hint="the source did not respond; is the address right?") from error
        raise SourceError(message, hint=meant.hint if meant else "nothing was written") from error


@contextmanager
def _module(path: Path, text: str) -> Iterator[tuple[ModuleType, Path]]:
    """The text as a module whose file is `path`, which dlt finds by its name; and a file that really holds the text."""
    module = ModuleType(f"sbdk_trial.{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path.name
        file.write_text(text, encoding="utf-8")
        try:
            exec(compile(text, str(path), "exec"), vars(module))
            yield module, file
        finally:
            del sys.modules[module.__name__]


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _rows(source: Any) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    for item in source.add_limit(1):
        if isinstance(item, dict):
            yield item
        elif isinstance(item, pa.Table | pa.RecordBatch):
            yield from item.slice(0, PREVIEW).to_pylist()


def _table(rows: list[dict[str, Any]]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return columns, [tuple(row.get(name) for name in columns) for row in rows]
