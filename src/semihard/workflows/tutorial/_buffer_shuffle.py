"""The shuffle of `tf.data.Dataset.shuffle`, in NumPy."""

from typing import Any

import numpy as np

from semihard._core import checks


def buffer_shuffle(count: int, buffer: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return the order in which `tf.data.Dataset.shuffle(buffer)` would hand out `count` elements.

    A buffer holds the next elements; each step hands out one of them at random and refills its place. So an element
    never comes more than `buffer` − 1 places early, but may come late by any number. A buffer of `count` or more gives
    every order the same probability.

    Args:
        count: number of elements.
        buffer: size of the buffer, ≥ 1.
        rng: where the choices come from.

    Returns:
        Indices [count], int64, each once.

    Example:
        >>> order = buffer_shuffle(10, 3, np.random.default_rng(0))
        >>> sorted(order.tolist()) == list(range(10)), bool(order[0] < 3)
        (True, True)
    """
    count, buffer = checks.whole_number("count", count, 0), checks.whole_number("buffer", buffer, 1)
    waiting = list(range(min(buffer, count)))
    order = []
    for arriving, slot in zip(range(buffer, count), rng.integers(buffer, size=max(0, count - buffer)), strict=True):
        order.append(waiting[slot])
        waiting[slot] = arriving
    return np.array(order + rng.permutation(waiting).tolist(), np.int64)
