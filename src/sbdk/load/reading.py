"""Which local files dlt's own file reader went through, as globs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dlt.extract import DltSource

from sbdk.load.compat import head_of, pipe_of


def local_patterns(sources: Iterable[DltSource]) -> dict[str, list[str]]:
    """By resource: the absolute globs of the local folders that it reads, as dlt recorded them while it ran.

    A resource that reads anything else too is left out: whether that changed cannot be known beforehand.
    """
    found: dict[str, list[str]] = {}
    for source in sources:
        recorded = {id(pipe_of(item)): item.inputs for item in source.resources.extracted}
        for resource in source.resources.selected.values():
            inputs = recorded.get(id(head_of(resource)), [])
            patterns = [pattern for pattern in map(_pattern, inputs) if pattern]
            if patterns and len(patterns) == len(inputs):
                found[resource.name] = patterns
    return found


def _pattern(location: dict[str, str]) -> str | None:
    url = urlsplit(location.get("location", ""))
    if location.get("kind") != "filesystem" or url.scheme != "file":
        return None
    return str(Path(unquote(url.path)) / location.get("glob", "*"))
