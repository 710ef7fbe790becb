"""Endless dealing: groups of different items, where every item is dealt once before any is dealt again."""

from collections.abc import Callable
from typing import Any

import numpy as np

Shuffle = Callable[[int], np.ndarray[Any, Any]]


class WithoutReplacement:
    """Deals the items 0 … n − 1 in groups of k different ones, from one shuffled deck after another.

    Any group can be asked for at any time, in any process, and is always the same: `group` is a function of its number.
    A group may take the last cards of one deck and the first of the next; the next deck is then ordered so that the
    group holds no item twice.

    Args:
        n: number of items.
        k: items a group, 1 ≤ k ≤ n.
        shuffle: number of a deck → a random order of the items, [n], always the same for the same number.

    Example:
        >>> deal = WithoutReplacement(5, 2, lambda deck: np.random.default_rng(deck).permutation(5))
        >>> groups = [deal.group(i) for i in range(5)]
        >>> np.bincount(np.concatenate(groups)).tolist()
        [2, 2, 2, 2, 2]
    """

    def __init__(self, n: int, k: int, shuffle: Shuffle) -> None:
        self.n, self.k, self.shuffle = n, k, shuffle
        self._kept: tuple[int, np.ndarray[Any, Any]] | None = None

    def group(self, number: int) -> np.ndarray[Any, Any]:
        """The items [k] of a group."""
        deck, place = divmod(number * self.k, self.n)
        if place + self.k <= self.n:
            return self._deck(deck)[place : place + self.k]
        rest = self._deck(deck)[place:]
        return np.concatenate([rest, self._deck(deck + 1)[: self.k - len(rest)]])

    def _deck(self, number: int) -> np.ndarray[Any, Any]:
        kept = self._kept  # read once: workers of a data set may be threads
        if kept is not None and kept[0] == number:
            return kept[1]
        # Where decks and groups begin together nothing depends on the deck before: start there, or at the kept one.
        first = number - number % (self.k // int(np.gcd(self.n, self.k)))
        order = np.empty(0, np.int32)  # of no deck: a deck that begins with a group does not look at it
        if kept is not None and first <= kept[0] < number:
            first, order = kept[0] + 1, kept[1]
        for deck in range(first, number + 1):
            order = self._after(order, deck)
        self._kept = (number, order)
        return order

    def _after(self, before: np.ndarray[Any, Any], number: int) -> np.ndarray[Any, Any]:
        order = self.shuffle(number)
        begun = number * self.n % self.k  # cards of the deck before in the group that straddles both
        if not begun:
            return order
        wanted = self.k - begun
        taken = np.isin(order, before[-begun:])
        head = np.flatnonzero(~taken)[:wanted]
        return np.concatenate([order[head], np.delete(order, head)])
