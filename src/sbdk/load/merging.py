"""Make sources ready for one extraction: loose resources of all files in one source, every table under a contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dlt import Schema
from dlt.extract import DltSource

from sbdk.load.blame import resource_file
from sbdk.load.compat import generator_of
from sbdk.load.declared import LOOSE
from sbdk.load.names import RefuseTwins
from sbdk.load.side_by_side import side_by_side

CONTRACT = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
"""What a source gets that declares no contract: new tables and columns are welcome, a value that does not fit the type
of its column is an error. dlt's own default would put such values into a new column called `…__v_text`, silently."""


def ready(sources: Iterable[DltSource], folder: Path, *, parallel: bool) -> list[DltSource]:
    """The sources to extract: those called `LOOSE` merged into one, all with `CONTRACT` where the author declared none.

    `parallel` lets the merged resources run side by side; those of a `@dlt.source` do what their author said
    (`parallelized=True`), because they may share a connection. Sources that are ready already stay as they are.
    """
    given = list(sources)
    loose = [resource for source in given if source.name == LOOSE for resource in source.resources.values()]
    kept = [source for source in given if source.name != LOOSE]
    if loose:
        # no section: each resource keeps that of its file, under which dlt looks for its settings
        merged = DltSource(Schema(LOOSE), "", loose)
        if parallel and len(loose) > 1:
            for resource in merged.resources.values():
                side_by_side(resource)
        kept.insert(0, merged)
    return [_guarded(source, folder) for source in kept]


def homes(sources: Iterable[DltSource], folder: Path) -> dict[str, Path]:
    """The file in which each resource stands, by the resource's name."""
    found = {name: resource_file(item, folder) for source in sources for name, item in source.resources.items()}
    return {name: file for name, file in found.items() if file is not None}


def repeatable(sources: Iterable[DltSource]) -> bool:
    """Whether all can run again: a generator or iterator made beforehand would silently go on where it stopped."""
    return not any(
        isinstance(generator_of(item), Iterator) for source in sources for item in source.resources.extracted
    )


def _guarded(source: DltSource, folder: Path) -> DltSource:
    if not source.schema_contract:
        source.schema_contract = CONTRACT
    for resource in source.resources.extracted:
        resource.add_map(RefuseTwins(source.schema.naming, resource.name, resource_file(resource, folder)))
    return source
