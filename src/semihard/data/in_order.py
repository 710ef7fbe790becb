"""Samples in their order, each once: what `predict` and `evaluate` need."""

from typing import Any

import numpy as np

from semihard._core import checks
from semihard.data import _inputs
from semihard.data._made_ahead import MadeAhead


class InOrder(MadeAhead):
    """Batches of x[0], x[1], …, each sample once, the last batch with what is left: `model.predict(InOrder(images))`.

    For samples that should not all be in memory: `ImageFiles`, a memory map. Nothing is augmented.

    Args:
        x: [n, …], indexable by an array of indices; for a model of several inputs a dict or tuple of such.
        batch_size: samples a batch.
        y: [n, …], targets for `evaluate`; a dict or tuple of such for several outputs. Without them batches are x only.
        rows: whole numbers [m], which samples to give instead, in this order: x[rows[0]], x[rows[1]], ….
        workers, use_multiprocessing, max_queue_size: batches made at a time, whether in processes instead of threads,
            and how many are made ahead.

    Raises:
        ValueError: for a batch size below 1, no samples, arrays of different lengths, or rows that are not there.
        TypeError: for a batch size or rows that are not whole.

    Example:
        >>> [x.tolist() for (x,) in InOrder(np.arange(5), 2)]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        x: Any,
        batch_size: int = 32,
        *,
        y: Any = None,
        rows: Any = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        super().__init__(workers, use_multiprocessing, max_queue_size)
        self.batch_size: int = checks.whole_number("batch_size", batch_size, 1)
        self.x: Any = _inputs.arrays("x", x)
        self.y: Any = None if y is None else _inputs.arrays("y", y)
        count = len(next(iter(_inputs.parts(self.x).values())))
        for name, value in (("x", self.x), ("y", self.y)):
            if value is not None:
                _inputs.check_length(name, value, count, "samples")
        self._rows = np.arange(count) if rows is None else _inputs.places("rows", rows, 1, count)
        if not len(self._rows):
            raise ValueError("Expected samples. Received: an empty `x`, or no `rows` of it.")

    def __len__(self) -> int:
        return -(-len(self._rows) // self.batch_size)

    def batch(self, step: int) -> tuple[Any, ...]:
        """(x [batch size, …],) of this step, or (x, y)."""
        if not 0 <= step < len(self):
            raise IndexError(f"Expected a step below {len(self)}. Received: step={step}.")
        indices = self._rows[step * self.batch_size : (step + 1) * self.batch_size]
        x = _inputs.rows(self.x, indices)
        return (x,) if self.y is None else (x, _inputs.rows(self.y, indices))
