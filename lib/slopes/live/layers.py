"""Places for the nodes of a graph, in columns from left to right, and ways for its edges.

After Sugiyama, Tagawa and Toda, *Methods for visual understanding of hierarchical system
structures*, 1981: columns first, then an order in each with few crossings, then heights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from slopes.live.draw import BARE_HEIGHT, BARE_WIDTH

__all__ = ["COLUMNS", "RADIUS", "ROWS", "Layout", "arrow", "layout"]

#: More columns or rows than these do not fit a telephone's width with readable numbers.
COLUMNS, ROWS = 8, 5
#: Half the height of a node, and how far from the upper and the lower edge its middle stays.
RADIUS, MARGIN = 12, 32
#: How far apart nodes of a column are at most, and what share of it keeps an edge from a node.
APART, PASSING = 72.0, 0.6
#: From how many columns on neighbours stand at different heights, and by how much.
NARROW, ZIGZAG = 7, 7
#: How much a flat graph is stretched to use the height.
STRETCH = 1.7

Point = tuple[float, float]
#: A node's index, or where an edge passes a column: the edge's index and the column.
Item = Any


@dataclass(frozen=True)
class Layout:
    """Where everything is, in a panel without axes whose numbers are its units, upward.

    Attributes
    ----------
    places : list of (x, y)
        The nodes' middles.
    columns : list of int
    routes : list of list of (x, y)
        For each edge its corners, from the border of one node to that of the other.
    spots : list of (x, y)
        For each edge where a short number stands.
    """

    places: list[Point]
    columns: list[int]
    routes: list[list[Point]]
    spots: list[Point]


def layout(
    halves: Sequence[float], words: Sequence[float], edges: Sequence[tuple[int, int]]
) -> Layout:
    """Return places for a graph whose nodes all lead to one.

    Columns are counted back from that one, so that a node stands just before what it feeds.

    Parameters
    ----------
    halves : sequence of float
        Half of each node's width.
    words : sequence of float
        Half the width of the text below each.
    edges : sequence of (int, int)
        From which node to which; from an earlier one to a later.

    Raises
    ------
    ValueError
        If there are more columns or rows than are readable.

    Examples
    --------
    >>> found = layout([12, 12, 12], [20, 20, 20], [(0, 2), (1, 2)])
    >>> found.columns, found.places
    ([0, 0, 1], [(25.0, 196.2), (25.0, 73.8), (307.0, 135.0)])
    """
    behind = [0] * len(halves)
    for a, b in sorted(edges, key=lambda edge: -edge[1]):
        behind[a] = max(behind[a], behind[b] + 1)
    deep = max(behind)
    columns = [deep - b for b in behind]
    if deep >= COLUMNS:
        raise ValueError(
            f"the graph has {deep + 1} columns, and at most {COLUMNS} are readable on a "
            "telephone: split the expression, or use one operation such as sigmoid for several"
        )
    for column in range(deep + 1):
        if (many := columns.count(column)) > ROWS:
            raise ValueError(
                f"{many} nodes of the graph stand in one column, and at most {ROWS} are readable: "
                "split the expression"
            )
    ways: list[list[Item]] = [
        [a, *((e, c) for c in range(columns[a] + 1, columns[b])), b]
        for e, (a, b) in enumerate(edges)
    ]
    links = [link for way in ways for link in pairwise(way)]
    levels = _untangled(_levels(columns, edges, ways), links)
    heights = _heights(levels, links)
    first, last = (
        max(25.0, *(w for w, column in zip(words, columns, strict=True) if column == c), 0.0)
        for c in (0, deep)
    )
    pitch = (BARE_WIDTH - first - last) / max(1, deep)
    placed = {
        item: (round(first + c * pitch, 1), round(heights[item], 1))
        for c, level in enumerate(levels)
        for item in level
    }
    routes = []
    for way in ways:
        points = [placed[item] for item in way]
        points[0] = _border(points[0], points[1], halves[way[0]] + 1)
        points[-1] = _border(points[-1], points[-2], halves[way[-1]] + 2)
        routes.append(points)
    places = [placed[i] for i in range(len(halves))]
    return Layout(places, columns, routes, _spots(halves, words, places, routes))


def arrow(route: Sequence[Point]) -> np.ndarray:
    """Return an edge's line with its head."""
    (x, y), (s, t) = route[-2:]
    length = math.hypot(s - x, t - y) or 1.0
    u, v = 5 * (s - x) / length, 5 * (t - y) / length
    head = [(s - u - v / 2, t - v + u / 2), (s, t), (s - u + v / 2, t - v - u / 2)]
    return np.round([*route, *head], 1)


def _levels(
    columns: Sequence[int], edges: Sequence[tuple[int, int]], ways: Sequence[Sequence[Item]]
) -> list[list[Item]]:
    """Return what is in each column, in the order in which a walk back from the end meets it."""
    levels: list[list[Item]] = [[] for _ in range(max(columns) + 1)]

    def visit(i: int) -> None:
        if i in levels[columns[i]]:
            return
        levels[columns[i]].append(i)
        for (a, b), way in zip(edges, ways, strict=True):
            if b == i:
                for stop in way[1:-1]:
                    levels[stop[1]].append(stop)
                visit(a)

    visit(len(columns) - 1)
    return levels


def _untangled(levels: list[list[Item]], links: Sequence[tuple[Item, Item]]) -> list[list[Item]]:
    """Order each column so that few edges cross: by the means of neighbours, to and fro."""

    def crossings(now: list[list[Item]]) -> int:
        rank = {item: k for level in now for k, item in enumerate(level)}
        column = {item: c for c, level in enumerate(now) for item in level}
        return sum(
            (rank[a] - rank[c]) * (rank[b] - rank[d]) < 0
            for n, (a, b) in enumerate(links)
            for c, d in links[:n]
            if column[a] == column[c]
        )

    best, least = [list(level) for level in levels], crossings(levels)
    now = [list(level) for level in levels]
    for sweep in range(12):
        back = sweep % 2 == 0
        for level in now[::-1] if back else now:
            rank = {item: k for other in now for k, item in enumerate(other)}
            means = {}
            for item in level:
                near = [rank[b if back else a] for a, b in links if (a if back else b) == item]
                means[item] = sum(near) / len(near) if near else rank[item]
            level.sort(key=means.__getitem__)
        if (count := crossings(now)) < least:
            best, least = [list(level) for level in now], count
    return best


def _heights(
    levels: Sequence[Sequence[Item]], links: Sequence[tuple[Item, Item]]
) -> dict[Item, float]:
    """Return how high items stand: near the mean of their neighbours, never too near another."""
    room = BARE_HEIGHT - 2 * MARGIN

    def below(level: Sequence[Item]) -> list[float]:
        """Return how far under the first each must be at least, where nodes are 1 apart."""
        gaps = [
            1.0 if isinstance(a, int) and isinstance(b, int) else PASSING
            for a, b in pairwise(level)
        ]
        return [sum(gaps[:k]) for k in range(len(level))]

    apart = min(APART, room / max(1.0, *(below(level)[-1] for level in levels)))
    offsets = [[apart * b for b in below(level)] for level in levels]
    heights = {
        item: offset[-1] / 2 - o
        for level, offset in zip(levels, offsets, strict=True)
        for item, o in zip(level, offset, strict=True)
    }
    for sweep in range(40):
        for level, offset in list(zip(levels, offsets, strict=True))[:: 1 if sweep % 2 else -1]:
            wanted = []
            for item, o in zip(level, offset, strict=True):
                near = [heights[b] for a, b in links if a == item]
                near += [heights[a] for a, b in links if b == item]
                wanted.append(sum(near) / len(near) + o)
            for item, height, o in zip(level, _falling(wanted), offset, strict=True):
                heights[item] = height - o
    if len(levels) >= NARROW:  # numbers of neighbours in a row stand on two lines
        for c, level in enumerate(levels):
            for item in level:
                heights[item] += ZIGZAG * (-1) ** c
    low, high = min(heights.values()), max(heights.values())
    stretch = min(STRETCH, room / (high - low)) if high > low else 1.0
    return {
        item: BARE_HEIGHT / 2 + stretch * (height - (low + high) / 2)
        for item, height in heights.items()
    }


def _falling(wanted: Sequence[float]) -> list[float]:
    """Return the sequence nearest to ``wanted`` that never rises (pool adjacent violators).

    Examples
    --------
    >>> _falling([3, 1, 2, 0])
    [3, 1.5, 1.5, 0]
    """
    pools: list[tuple[float, int]] = []
    for value in wanted:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-1][0] > pools[-2][0]:
            (a, m), (b, n) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n)]
    return [value for value, many in pools for _ in range(many)]


def _border(at: Point, towards: Point, half: float) -> Point:
    """Return where a line from a node's middle leaves it."""
    dx, dy = towards[0] - at[0], towards[1] - at[1]
    share = 1 / math.hypot(dx / half, dy / (RADIUS + 1))
    return round(at[0] + share * dx, 1), round(at[1] + share * dy, 1)


def _spots(
    halves: Sequence[float],
    words: Sequence[float],
    places: Sequence[Point],
    routes: Sequence[Sequence[Point]],
) -> list[Point]:
    """Return where the number of each edge stands: near its middle, where little else is."""
    number, line = 16, 6  # half of a number's width and height
    taken: list[tuple[float, float, float, float]] = []
    for half, wide, (x, y) in zip(halves, words, places, strict=True):
        taken.append((x, y, half, RADIUS))
        taken += [(x, y - RADIUS - 9, wide, line), (x, y + RADIUS + 10, 18, line)]
    spots = []
    for route in routes:
        found = []
        for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74):
            (x, y), (u, v) = _along(route, share)
            for off in (0, 9, -9):
                s, t = x - off * v, y + off * u
                overlap = sum(
                    max(0.0, number + w - abs(s - cx)) * max(0.0, line + h - abs(t - cy))
                    for cx, cy, w, h in taken
                )
                found.append((overlap + 40 * abs(share - 0.5) + 0.5 * abs(off), s, t))
        _, s, t = min(found)
        taken.append((s, t, number, line))
        spots.append((round(min(max(s, number), BARE_WIDTH - number), 1), round(t - 4, 1)))
    return spots


def _along(route: Sequence[Point], share: float) -> tuple[Point, Point]:
    """Return the point after a share of a way, and the direction there."""
    lengths = [math.dist(p, q) for p, q in pairwise(route)]
    left = share * sum(lengths)
    for k, length in enumerate(lengths):
        if left <= length or k == len(lengths) - 1:
            break
        left -= length
    (x, y), (s, t) = route[k : k + 2]
    u, v = (s - x) / (length or 1.0), (t - y) / (length or 1.0)
    return (x + left * u, y + left * v), (u, v)
