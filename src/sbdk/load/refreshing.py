"""Which sources start anew: their tables and cursors are dropped before they run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from dlt.extract import DltSource

from sbdk.load.declared import LOOSE

Mode = Literal["drop_sources", "drop_resources"] | None
Refresh = bool | Collection[str]
"""True: all of them. A collection: the resources or tables so named. False: none."""


def rounds(sources: list[DltSource], refresh: Refresh) -> list[tuple[Mode, list[DltSource]]]:
    """What to hand to dlt, call by call, with dlt's word for what to drop before.

    Of the loose resources only those in this run are dropped: their source spans files that may be up to date.
    """
    if not refresh:
        return [(None, sources)]
    if refresh is True:
        loose = [source for source in sources if source.name == LOOSE]
        others = [source for source in sources if source.name != LOOSE]
        return _filled([("drop_resources", loose), ("drop_sources", others)])
    chosen = [_part(source, refresh, named=True) for source in sources]
    rest = [_part(source, refresh, named=False) for source in sources]
    return _filled([("drop_resources", [part for part in chosen if part]), (None, [part for part in rest if part])])


def _part(source: DltSource, names: Collection[str], *, named: bool) -> DltSource | None:
    """The source with just the resources that are (not) named; None when there are none."""
    wanted = [
        name
        for name, resource in source.resources.selected.items()
        if (name in names or resource.table_name in names) is named
    ]
    return source.with_resources(*wanted) if wanted else None


def _filled(given: list[tuple[Mode, list[DltSource]]]) -> list[tuple[Mode, list[DltSource]]]:
    return [(mode, sources) for mode, sources in given if sources]
