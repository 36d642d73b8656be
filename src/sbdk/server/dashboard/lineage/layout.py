"""A layered drawing of a directed acyclic graph: columns from left to right, with few crossings.

Layers by longest path; order within a layer by repeated medians of the neighbours' positions; a long edge passes
through dummy points, one per layer, so that it goes around nodes. After Sugiyama, Tagawa and Toda (1981) and Gansner
et al. (1993).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

WIDTH, HEIGHT = 184, 44
COLUMN, ROW = 240, 60
"""Pixels from one column or row to the next."""
THIN = 26
"""The height of a row that only an edge passes through."""
_SWEEPS = 12
_SHAPE, _MOST_AIR = 0.5, 1.6
"""A flat drawing is stretched to this height by width, by so much at most."""


@dataclass(frozen=True)
class Drawing:
    """`places`: upper left corner of each node; `edges`: (from, to, points); all in pixels from 0, 0."""

    places: dict[str, tuple[float, float]]
    edges: list[tuple[str, str, list[tuple[float, float]]]]
    width: float
    height: float


def lay_out(parents: Mapping[str, Sequence[str]]) -> Drawing:
    """Lay out a graph given as parents by node. Unknown parents and edges that would close a cycle are left out."""
    known = _without_cycles(parents)
    layer = _layers(known)
    chains, columns = _chains(known, layer)
    _order(columns, chains)
    y = _stretched(_heights(columns, chains, set(known)), len(columns) * COLUMN)
    places = {key: (float(layer[key] * COLUMN), y[key]) for key in known}
    edges = [(chain[0], chain[-1], _points(chain, layer, y)) for chain in chains]
    width = max((x for x, _ in places.values()), default=0) + WIDTH
    height = max((top for _, top in places.values()), default=0) + HEIGHT
    return Drawing(places, edges, width, height)


def _without_cycles(parents: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    done: dict[str, list[str]] = {}
    left = {key: [parent for parent in found if parent in parents and parent != key] for key, found in parents.items()}
    while left:
        ready = [key for key, found in left.items() if all(parent in done for parent in found)]
        for key in ready or [next(iter(left))]:
            done[key] = [parent for parent in left.pop(key) if parent in done]
    return done


def _layers(parents: Mapping[str, list[str]]) -> dict[str, int]:
    """The longest path from a root; then roots are moved right, next to their nearest child."""
    layer: dict[str, int] = {}
    for key, found in parents.items():
        layer[key] = 1 + max((layer[parent] for parent in found), default=-1)
    children = defaultdict(list)
    for key, found in parents.items():
        for parent in found:
            children[parent].append(key)
    for key in reversed(list(parents)):
        if not parents[key] and children[key]:
            layer[key] = min(layer[child] for child in children[key]) - 1
    return layer


Chain = list[str]


def _chains(parents: Mapping[str, list[str]], layer: Mapping[str, int]) -> tuple[list[Chain], list[list[str]]]:
    """Each edge as a chain with a point per layer between, and the columns with nodes and points.

    Edges from one node share their points as long as they run in the same layers.
    """
    columns: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for key in parents:
        columns[layer[key]].append(key)
    chains: list[Chain] = []
    for key, found in parents.items():
        for parent in found:
            between = [f"\0{parent}\0{at}" for at in range(layer[parent] + 1, layer[key])]
            for at, point in enumerate(between, layer[parent] + 1):
                if point not in columns[at]:
                    columns[at].append(point)
            chains.append([parent, *between, key])
    return chains, columns


def _order(columns: list[list[str]], chains: list[Chain]) -> None:
    """Sweeps left and right; the order with the fewest crossings is kept."""
    left, right = _neighbours(chains)
    best, fewest = [list(column) for column in columns], _crossings(columns, right)
    for sweep in range(_SWEEPS):
        direction = columns if sweep % 2 == 0 else columns[::-1]
        near = left if sweep % 2 == 0 else right
        for before, column in pairwise(direction):
            rank = {key: at for at, key in enumerate(before)}
            at_now = {key: at for at, key in enumerate(column)}
            column.sort(key=lambda key: median([rank[n] for n in near[key]] or [at_now[key]]))
        crossed = _crossings(columns, right)
        if crossed < fewest:
            best, fewest = [list(column) for column in columns], crossed
    columns[:] = best


def _neighbours(chains: list[Chain]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    left, right = defaultdict(list), defaultdict(list)
    for source, target in dict.fromkeys(pair for chain in chains for pair in pairwise(chain)):
        left[target].append(source)
        right[source].append(target)
    return left, right


def _crossings(columns: list[list[str]], right: Mapping[str, list[str]]) -> int:
    """Pairs of edges between neighbouring columns whose ends are in the other order than their beginnings."""
    total = 0
    for column, following in pairwise(columns):
        rank = {key: at for at, key in enumerate(following)}
        seen: list[int] = []
        for key in column:
            ends = sorted(rank[end] for end in right[key])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _heights(columns: list[list[str]], chains: list[Chain], nodes: set[str]) -> dict[str, float]:
    """Upper edges: near the middle of the neighbours, no closer to each other than a row."""
    left, right = _neighbours(chains)
    tall = {key: ROW if key in nodes else THIN for column in columns for key in column}
    y = {key: float(sum(tall[k] for k in column[:at])) for column in columns for at, key in enumerate(column)}
    for sweep in range(2 * _SWEEPS):
        near = left if sweep % 2 == 0 else right
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            wished = [median([y[n] for n in near[key]]) if near[key] else y[key] for key in column]
            for key, top in zip(column, _spread(wished, [tall[key] for key in column]), strict=True):
                y[key] = top
    least = min(y.values(), default=0.0)
    return {key: round(top - least, 1) for key, top in y.items()}


def _stretched(y: dict[str, float], width: float) -> dict[str, float]:
    """The same order with larger distances, where the drawing is flat."""
    tall = max(y.values(), default=0.0)
    air = min(max(_SHAPE * width / tall, 1.0), _MOST_AIR) if tall else 1.0
    return {key: round(top * air, 1) for key, top in y.items()}


def _spread(wished: list[float], tall: list[int]) -> list[float]:
    """The positions nearest to `wished` (least squares) that keep order and distance: pool adjacent violators."""
    offsets = [float(sum(tall[:at])) for at in range(len(tall))]
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        blocks.append((wish - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (first, n), (second, m) = blocks[-2:]
            blocks[-2:] = [((first * n + second * m) / (n + m), n + m)]
    levels = [level for level, number in blocks for _ in range(number)]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _points(chain: Chain, layer: Mapping[str, int], y: Mapping[str, float]) -> list[tuple[float, float]]:
    """From the right side of the first node, through the points between, to the left side of the last."""
    first, last = chain[0], chain[-1]
    points = [(layer[first] * COLUMN + WIDTH, y[first] + HEIGHT / 2)]
    for at, point in enumerate(chain[1:-1], layer[first] + 1):
        points += [(at * COLUMN, y[point] + HEIGHT / 2), (at * COLUMN + WIDTH, y[point] + HEIGHT / 2)]
    return [*points, (layer[last] * COLUMN, y[last] + HEIGHT / 2)]


def curve(points: Sequence[tuple[float, float]]) -> str:
    """The points as a smooth SVG path, horizontal at both ends."""
    path = f"M{points[0][0]:g},{points[0][1]:g}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (x1 + x2) / 2
        path += f"L{x2:g},{y2:g}" if y1 == y2 else f"C{middle:g},{y1:g} {middle:g},{y2:g} {x2:g},{y2:g}"
    return path
