"""Items searched among themselves: each product serves both of its items, which halves the work."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search._block import NARROW, Found, in_order, reach
from semihard.evaluation.search._in_parallel import in_parallel
from semihard.evaluation.search._products import Centred
from semihard.evaluation.search._top_k import Least, TooMany, capacity

# Items of a panel; a tile is one panel by another.
PANEL = 1024

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def fits(depths: NDArray[np.int64], itemsize: int, memory: int, threads: int) -> bool:
    """Whether the neighbours of all items can be collected at once in `memory` bytes, and halving is worth while.

    Args:
        depths: int64 [items], in the order in which they are held.
        itemsize: bytes of a product.
        memory: bytes.
        threads: tiles at work.
    """
    deepest = int(depths.max(initial=0))
    if len(depths) < 4 * PANEL or deepest > NARROW or np.count_nonzero(depths) < 0.8 * len(depths):
        return False
    a_panel = PANEL * capacity(deepest) * (itemsize + 4)
    return len(depths) // PANEL * a_panel + threads * (2 * PANEL**2 * itemsize + room_of(deepest, itemsize)) <= memory


def room_of(width: int, itemsize: int) -> int:
    """Bytes that what is collected of one panel may take for a moment, before it is put in order."""
    return 8 * PANEL * capacity(width) * (itemsize + 4)


class Among:
    """The search of all items of a gallery among themselves, panel by panel.

    Args:
        centred: the gallery.
        depths: int64 [items], how many neighbours each wants, in the order in which they are held.
        excluded: pairs of items [pairs] that do not count, each in both directions.
        memory: bytes for all that is collected.
    """

    def __init__(self, centred: Centred, depths: NDArray[np.int64], excluded: Pairs, memory: int) -> None:
        self._centred, self._memory = centred, memory
        room = room_of(int(depths.max()), centred.dtype.itemsize)
        self.panels = [slice(at, min(at + PANEL, centred.count)) for at in range(0, centred.count, PANEL)]
        self._widths = [max(1, int(depths[panel].max())) for panel in self.panels]
        self._offset = np.array([2 * centred.level])
        self._slacks = [partial(centred.slack, centred.norms(panel), among=True) for panel in self.panels]
        self._leasts = {
            number: Least(
                panel.stop - panel.start, width, reach(slack, self._offset, centred.dtype), centred.dtype, room
            )
            for number, (panel, width, slack) in enumerate(zip(self.panels, self._widths, self._slacks, strict=True))
        }
        key = excluded[0] // PANEL * len(self.panels) + excluded[1] // PANEL
        order = np.argsort(key, kind="stable")
        self._key, self._row, self._column = key[order], excluded[0][order] % PANEL, excluded[1][order] % PANEL
        self._own = threading.local()

    def collect(self, threads: int, progress: Callable[[int, int], object]) -> None:
        """Compare all panels with each other; `progress` is called with pairs of panels, done and to do.

        Raises:
            TooMany: if what is collected does not fit into the memory, as where many tie.
        """
        done, count = 0, len(self.panels)
        for pairs in rounds(count):
            # No panel twice at a time, so that each is collected by one thread.
            for _ in in_parallel(self._compare, pairs, threads):
                done += 1
            if sum(least.nbytes for least in self._leasts.values()) > self._memory:
                raise TooMany
            progress(done, count * (count + 1) // 2)

    def found(self, number: int) -> Found:
        """What was found for a panel, which is then forgotten."""
        return in_order(self._leasts.pop(number), self._widths[number], self._offset, self._slacks[number])

    def _compare(self, pair: tuple[int, int]) -> None:
        one, two = pair
        rows, columns = self.panels[one], self.panels[two]
        if not hasattr(self._own, "memory"):
            self._own.memory = np.empty(PANEL**2, self._centred.dtype)
        size = rows.stop - rows.start, columns.stop - columns.start
        tile = self._own.memory[: size[0] * size[1]].reshape(size)
        self._centred.products_among(rows, columns, tile)
        start, stop = np.searchsorted(self._key, one * len(self.panels) + two + np.arange(2))
        tile[self._row[start:stop], self._column[start:stop]] = np.inf
        self._leasts[one].add(tile, columns.start)
        if one != two:
            self._leasts[two].add_transposed(tile, rows.start)


def rounds(count: int) -> Iterator[list[tuple[int, int]]]:
    """Yield all pairs of `count` numbers, each number at most once a round; first each with itself.

    The circle method of round-robin tournaments: one stands still, the others move on a place each round.

    Example:
        >>> list(rounds(4))
        [[(0, 0), (1, 1), (2, 2), (3, 3)], [(0, 3), (1, 2)], [(2, 3), (0, 1)], [(1, 3), (0, 2)]]
    """
    yield [(number, number) for number in range(count)]
    even = count + count % 2
    circle = list(range(even - 1))
    for _ in range(even - 1 if count > 1 else 0):
        table = [*circle, even - 1]
        pairs = [(table[place], table[even - 1 - place]) for place in range(even // 2)]
        yield [(min(pair), max(pair)) for pair in pairs if max(pair) < count]
        circle = [circle[-1], *circle[:-1]]


def both_ways(pairs: Pairs, items: int) -> bool:
    """Whether each pair of `items` is there in both directions."""
    one, two = (np.unique(left * items + right) for left, right in (pairs, pairs[::-1]))
    return np.array_equal(one, two)
