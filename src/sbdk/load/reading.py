"""Which local files dlt's own file reader went through, as globs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dlt.extract import DltResource, DltSource


def local_patterns(sources: Iterable[DltSource]) -> dict[str, list[str]]:
    """By resource: the absolute globs of the local folders that it reads, as dlt recorded them while it ran.

    A resource that reads anything else too is left out: whether that changed cannot be known beforehand.
    """
    found: dict[str, list[str]] = {}
    for source in sources:
        recorded = {id(item._pipe): item.inputs for item in source.resources.extracted}
        for resource in source.resources.selected.values():
            inputs = recorded.get(id(_head(resource)), [])
            patterns = [pattern for pattern in map(_pattern, inputs) if pattern]
            if patterns and len(patterns) == len(inputs):
                found[resource.name] = patterns
    return found


def _head(resource: DltResource) -> object:
    pipe = resource._pipe
    while pipe.has_parent:
        pipe = pipe.parent
    return pipe


def _pattern(location: dict[str, str]) -> str | None:
    url = urlsplit(location.get("location", ""))
    if location.get("kind") != "filesystem" or url.scheme != "file":
        return None
    return str(Path(unquote(url.path)) / location.get("glob", "*"))
