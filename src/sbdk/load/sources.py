"""Finds the dlt sources and resources that a pipeline file declares at module level."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from dlt import Schema
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.extract import DltResource, DltSource
from dlt.extract.decorators import SourceFactory
from dlt.extract.exceptions import DltResourceException

from sbdk.core.errors import ConfigError, SbdkError
from sbdk.load.compat import generator_of, head_of, pipe_of
from sbdk.load.errors import describe, locate, source_failure

DEFAULT_SOURCE = "pipelines"
"""The name of the source to which all resources belong that are declared outside of any source.

Their cursors are stored under this name and the resource's, so renaming a file loses nothing, and as members of one
source they are extracted in parallel."""


def declared_sources(module: ModuleType, path: Path) -> list[DltSource]:
    """The sources of one imported file, with the resources outside of sources collected in DEFAULT_SOURCE."""
    declared = list(_declared(module, path))
    sources = [item for item in declared if isinstance(item, DltSource)]
    taken = {name for source in sources for name in source.resources}
    outside_sources = [item for item in declared if isinstance(item, DltResource) and item.name not in taken]
    outside_sources = [item for item in outside_sources if not _only_feeds(item, outside_sources, module)]
    if outside_sources:
        sources.append(DltSource(Schema(DEFAULT_SOURCE), "", _unique_by_name(outside_sources, path)))
    return sources


def _declared(module: ModuleType, path: Path) -> Iterator[DltSource | DltResource]:
    """Sources and resources bound at module level: not imported ones, not private ones, each once."""
    imported = _imported_names(path)
    seen: set[int] = set()
    for name, value in list(vars(module).items()):
        if name.startswith("_") or name in imported or id(value) in seen:
            continue
        seen.add(id(value))
        yield from _as_source(value, path)


def _as_source(value: Any, path: Path) -> Iterator[DltSource | DltResource]:
    if isinstance(value, DltSource):
        yield value
    elif isinstance(value, DltResource):
        if _can_run(value):
            yield value
    elif isinstance(value, SourceFactory):
        created = _call(value, path)
        yield from [created] if created is not None else []


def _call(factory: Any, path: Path) -> DltSource | DltResource | None:
    """The result of the decorated function; None when it has required parameters."""
    try:
        return factory()
    except TypeError as error:
        if locate(error, path.parent)[0] is None and "required" in str(error):
            return None
        raise _call_error(error, path) from error
    except Exception as error:
        raise _call_error(error, path) from error


def _call_error(error: Exception, path: Path) -> SbdkError:
    file, position = locate(error, path.parent, default=path)
    if isinstance(error, ConfigFieldMissingException):
        return describe(error, file)
    return source_failure(error, error, file, position)


def _can_run(resource: DltResource) -> bool:
    """Whether dlt can extract the resource as it is: a transformer needs its parent, a function its arguments."""
    head = head_of(resource)
    if head.is_empty:
        return False
    try:
        head.ensure_gen_bound()
    except (TypeError, DltResourceException):
        return False
    return True


def _only_feeds(item: DltResource, others: list[DltResource], module: ModuleType) -> bool:
    """Whether a resource from a library, such as `filesystem(…)`, is only the input of another one, without a table.

    `a | b` copies the pipe of `a`, so `a` is recognized by its generator.
    """
    generator = generator_of(item)
    pipes = [pipe_of(other) for other in others if other is not item]
    feeds = any(pipe.has_parent and pipe.parent.gen is generator for pipe in pipes)
    return feeds and getattr(generator, "__module__", module.__name__) != module.__name__


def _unique_by_name(resources: list[DltResource], path: Path) -> list[DltResource]:
    """The resources. ConfigError if two of them share a name: dlt would silently chain them."""
    by_name: dict[str, DltResource] = {}
    for resource in resources:
        if resource.name in by_name and by_name[resource.name] is not resource:
            hint = "give one of them another name: @dlt.resource(name=…) or .with_name(…)"
            raise ConfigError(f"two resources are called {resource.name!r}", file=path, hint=hint)
        by_name[resource.name] = resource
    return list(by_name.values())


def _imported_names(path: Path) -> set[str]:
    """Names that the file's top level binds by `import`; names from `*` are not among them."""
    names: set[str] = set()
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    return names
