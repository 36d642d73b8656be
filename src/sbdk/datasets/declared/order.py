"""Putting things after what they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def in_order(needs: Mapping[str, Iterable[str]], complaint: Callable[[str, str], Exception]) -> list[str]:
    """The names, each after those it needs (itself does not count), else in the order given.

    Raises `complaint(name, problem)` for a need that is not among the names, or a circle.
    """
    wanted = {name: [other for other in others if other != name] for name, others in needs.items()}
    for name, others in wanted.items():
        for other in others:
            if other not in wanted:
                raise complaint(name, f"there is no {other!r}")
    sorter = TopologicalSorter(wanted)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        raise complaint(circle[0], "goes round in a circle: " + " → ".join(circle)) from None
    return _earliest(wanted)


def _earliest(wanted: Mapping[str, list[str]]) -> list[str]:
    """Depth first from the first name on."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            for other in wanted[name]:
                visit(other)
            done[name] = None

    for name in wanted:
        visit(name)
    return list(done)
