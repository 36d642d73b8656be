"""What a pipeline file declares: its dlt sources and resources, without registration."""

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

from sbdk.core.errors import ConfigError, SourceError
from sbdk.load.compat import generator_of, head_of, pipe_of
from sbdk.load.errors import describe, locate

DEFAULT_SOURCE = "pipelines"
"""The name of the one source that all resources belong to which stand in no source of their own.

Their cursors are kept under this name and the resource's, so renaming a file loses nothing, and as members of one
source they are extracted side by side."""


def declared_sources(module: ModuleType, path: Path) -> list[DltSource]:
    """The sources of one imported file, the loose resources gathered into one called `LOOSE`."""
    found = list(_declared(module, path))
    sources = [item for item in found if isinstance(item, DltSource)]
    taken = {name for source in sources for name in source.resources}
    loose = [item for item in found if isinstance(item, DltResource) and item.name not in taken]
    loose = [item for item in loose if not _only_feeds(item, loose, module)]
    if loose:
        sources.append(DltSource(Schema(DEFAULT_SOURCE), "", _one_of_each(loose, path)))
    return sources


def _declared(module: ModuleType, path: Path) -> Iterator[DltSource | DltResource]:
    """Values bound at module level in this file: not imported ones, not private ones, each once."""
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
        made = _call(value, path)
        yield from [made] if made is not None else []


def _call(factory: Any, path: Path) -> DltSource | DltResource | None:
    """What the decorated function returns; None when it has parameters that only a caller could fill in."""
    try:
        return factory()
    except TypeError as error:
        if locate(error, path.parent)[0] is None and "required" in str(error):
            return None
        raise _call_error(error, path) from error
    except Exception as error:
        raise _call_error(error, path) from error


def _call_error(error: Exception, path: Path) -> SourceError:
    file, place = locate(error, path.parent, default=path)
    if isinstance(error, ConfigFieldMissingException):
        return describe(error, file)
    return SourceError(f"{place}{type(error).__name__}: {error}", file=file)


def _can_run(resource: DltResource) -> bool:
    """Whether dlt can extract it without a caller: a transformer needs its parent, a function its arguments."""
    first = head_of(resource)
    if first.is_empty:
        return False
    try:
        first.ensure_gen_bound()
    except (TypeError, DltResourceException):
        return False
    return True


def _only_feeds(item: DltResource, others: list[DltResource], module: ModuleType) -> bool:
    """A resource taken from a library, such as `filesystem(…)`, that another one reads: a step, not a table.

    `a | b` copies a's pipe, so a is known again by its generator.
    """
    made = generator_of(item)
    pipes = [pipe_of(other) for other in others if other is not item]
    feeds = any(pipe.has_parent and pipe.parent.gen is made for pipe in pipes)
    return feeds and getattr(made, "__module__", module.__name__) != module.__name__


def _one_of_each(resources: list[DltResource], path: Path) -> list[DltResource]:
    """The resources, unless two of them share a name: dlt would chain them into one without a word."""
    by_name: dict[str, DltResource] = {}
    for resource in resources:
        if resource.name in by_name and by_name[resource.name] is not resource:
            hint = "give one of them another name: @dlt.resource(name=…) or .with_name(…)"
            raise ConfigError(f"two resources are called {resource.name!r}", file=path, hint=hint)
        by_name[resource.name] = resource
    return list(by_name.values())


def _imported_names(path: Path) -> set[str]:
    """Names that the file's top level binds by `import`; what `*` brings is found in the module it comes from."""
    names: set[str] = set()
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    return names
