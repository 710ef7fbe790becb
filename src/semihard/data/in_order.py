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
        workers, use_multiprocessing, max_queue_size: batches made at a time, whether in processes instead of threads,
            and how many are made ahead.

    Raises:
        ValueError: for a batch size below 1, no samples, or arrays of different lengths.
        TypeError: for a batch size that is not whole.

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
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        super().__init__(workers, use_multiprocessing, max_queue_size)
        self.batch_size = checks.whole_number("batch_size", batch_size, 1)
        self.x = _inputs.arrays("x", x)
        self.y = None if y is None else _inputs.arrays("y", y)
        self._count = len(next(iter(_inputs.parts(self.x).values())))
        if not self._count:
            raise ValueError("Expected samples. Received: an empty `x`.")
        for name, value in (("x", self.x), ("y", self.y)):
            if value is not None:
                _inputs.check_length(name, value, self._count, "samples")

    def __len__(self) -> int:
        return -(-self._count // self.batch_size)

    def batch(self, step: int) -> tuple[Any, ...]:
        """(x [batch size, …],) of this step, or (x, y)."""
        if not 0 <= step < len(self):
            raise IndexError(f"Expected a step below {len(self)}. Received: step={step}.")
        indices = np.arange(step * self.batch_size, min((step + 1) * self.batch_size, self._count))
        x = _inputs.rows(self.x, indices)
        return (x,) if self.y is None else (x, _inputs.rows(self.y, indices))
