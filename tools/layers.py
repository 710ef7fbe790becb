"""Places for the nodes of a graph without circles: on levels, with few lines that cross (Sugiyama et al. 1981)."""

from itertools import pairwise
from typing import NamedTuple

Graph = dict[str, set[str]]
SWEEPS = 40
NARROW = 0.12  # what a line that passes a level takes there, of a node's width


class Place(NamedTuple):
    x: float
    y: float


class Layout(NamedTuple):
    """Where the middle of each node's upper edge lies, and each line from a node down to another, level by level."""

    nodes: dict[str, Place]
    edges: list[list[Place]]


def levels(graph: Graph) -> dict[str, int]:
    """Node → the length of the longest way down from it."""
    found: dict[str, int] = {}

    def level(node: str) -> int:
        if node not in found:
            found[node] = 1 + max((level(other) for other in graph[node]), default=-1)
        return found[node]

    for node in graph:
        level(node)
    return found


def without_shortcuts(graph: Graph) -> Graph:
    """The fewest edges with the same ways."""

    def below(node: str) -> set[str]:
        return graph[node].union(*(below(other) for other in graph[node]))

    return {node: others - set().union(*(below(other) for other in others)) for node, others in graph.items()}


def place(graph: Graph, width: float, height: float) -> Layout:
    """Lay out a graph without circles.

    Args:
        graph: node → the nodes that lie below it.
        width, height: from one node to the next, and from one level to the next.
    """
    level = levels(graph)
    chains = [
        [upper, *((upper, lower, at) for at in range(level[upper] - 1, level[lower], -1)), lower]
        for upper, others in sorted(without_shortcuts(graph).items())
        for lower in sorted(others)
    ]
    rows: list[list] = [[] for _ in range(max(level.values()) + 1)]
    for node in sorted(graph):
        rows[level[node]].append(node)
    for chain in chains:
        for node in chain[1:-1]:
            rows[node[2]].append(node)
    links = [pair for chain in chains for pair in pairwise(chain)]
    rows = _with_few_crossings(rows, links)
    wide = {node: width if isinstance(node, str) else width * NARROW for row in rows for node in row}
    x = _aligned(rows, links, wide)
    left = min(x[node] - wide[node] / 2 for node in x)
    top = len(rows) - 1
    at = {
        node: Place(round(x[node] - left + 10), round((top - number) * height + 20))
        for number, row in enumerate(rows)
        for node in row
    }
    return Layout({node: at[node] for node in sorted(graph)}, [[at[node] for node in chain] for chain in chains])


def _neighbors(links: list[tuple]) -> dict:
    found: dict = {}
    for upper, lower in links:
        found.setdefault(upper, []).append(lower)
        found.setdefault(lower, []).append(upper)
    return found


def _crossings(rows: list[list], links: list[tuple]) -> int:
    """How often two lines cross."""
    at = {node: place for row in rows for place, node in enumerate(row)}
    of = {node: number for number, row in enumerate(rows) for node in row}
    crossed = 0
    for number, (a, b) in enumerate(links):
        for c, d in links[number + 1 :]:
            if of[a] == of[c]:
                crossed += (at[a] - at[c]) * (at[b] - at[d]) < 0
    return crossed


def _with_few_crossings(rows: list[list], links: list[tuple]) -> list[list]:
    """Each row by the mean place of what its nodes are linked to, up and down again; then neighbours change places."""
    near = _neighbors(links)
    best, fewest = rows, _crossings(rows, links)
    rows = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        order = range(len(rows)) if sweep % 2 else range(len(rows) - 1, -1, -1)
        for number in order:
            at = {node: place / len(row) for row in rows for place, node in enumerate(row)}
            rows[number].sort(key=lambda node, at=at: sum(at[one] for one in near[node]) / len(near[node]))
        if (count := _crossings(rows, links)) < fewest:
            best, fewest = [list(row) for row in rows], count
    changed = True
    while changed:
        changed = False
        for number, row in enumerate(best):
            for left in range(len(row) - 1):
                tried = [list(one) for one in best]
                tried[number][left : left + 2] = reversed(row[left : left + 2])
                if (count := _crossings(tried, links)) < fewest:
                    best, fewest, changed, row = tried, count, True, tried[number]
    return best


def _aligned(rows: list[list], links: list[tuple], wide: dict) -> dict:
    """Node → x: near the mean of what it is linked to, in the order of its row and never over another."""
    near = _neighbors(links)
    x: dict = {}
    for row in rows:
        edge = -sum(wide[node] for node in row) / 2
        for node in row:
            x[node], edge = edge + wide[node] / 2, edge + wide[node]
    for _ in range(SWEEPS):
        for row in rows:
            wanted = [sum(x[one] for one in near[node]) / len(near[node]) for node in row]
            x.update(zip(row, _spread(wanted, [wide[node] for node in row]), strict=True))
    return x


def _spread(wanted: list[float], wide: list[float]) -> list[float]:
    """The places nearest to those wanted (least squares) of boxes that may not overlap, in their order."""
    offsets = [sum(wide[:number]) + wide[number] / 2 for number in range(len(wide))]
    groups: list[list[float]] = []  # boxes that touch: their sum and their number
    for want, offset in zip(wanted, offsets, strict=True):
        groups.append([want - offset, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] >= groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    starts = [total / count for total, count in groups for _ in range(int(count))]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]
