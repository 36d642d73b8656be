"""Make sources ready for one extraction: loose resources of all files side by side, every table under a contract."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from dlt import Schema
from dlt.extract import DltResource, DltSource

from sbdk.load.declared import LOOSE

CONTRACT = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
"""What a source gets that declares no contract: new tables and columns are welcome, a value that does not fit the type of
its column is an error. dlt's own default would put such values into a new column called `…__v_text`, silently."""


def ready(sources: Iterable[DltSource], *, parallel: bool) -> list[DltSource]:
    """The sources to extract: those called `LOOSE` merged into one, all with `CONTRACT` where the author declared none.

    `parallel` lets the merged resources run side by side; those of a `@dlt.source` do what their author said
    (`parallelized=True`), because they may share a connection.
    """
    kept = list(sources)
    loose = [resource for source in kept if source.name == LOOSE for resource in source.resources.values()]
    kept = [source for source in kept if source.name != LOOSE]
    if loose:
        if parallel and len(loose) > 1:
            loose = [_parallel(resource) for resource in loose]
        kept.insert(0, DltSource(Schema(LOOSE), LOOSE, loose))
    return [_with_contract(source) for source in kept]


def _parallel(resource: DltResource) -> DltResource:
    """Extracted in a thread of its own, if it is a generator; dlt refuses the rest."""
    made = resource._pipe.gen
    if resource.is_transformer or not (inspect.isgenerator(made) or inspect.isgeneratorfunction(made)):
        return resource
    return resource.parallelize()


def _with_contract(source: DltSource) -> DltSource:
    if not source.schema_contract:
        source.schema_contract = CONTRACT
    return source
